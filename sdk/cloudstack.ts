/** What is made from a volume snapshot of Apache CloudStack or CloudMC. */
export { Template, type TemplateArgs } from "./template";
export { Volume, type VolumeArgs } from "./volume";
