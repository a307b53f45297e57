import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { proxmox } from "../../../testing/platforms/proxmox";

describeHypervisorContract("Proxmox VE, virtual machines,", () => proxmox("snapshot"));
describeHypervisorContract("Proxmox VE, containers,", () => proxmox("recovery-point"));
