/**
 * The property in which Pulumi keeps the serialized provider of a dynamic resource. The dynamic adapter must give it back with
 * every state, or a delete fails; the plugin drops it from a state that comes from there.
 */
export const CLOSURE = "__provider";
