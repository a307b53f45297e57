import { describeDriverContract } from "../../../testing/contract/driver-contract";
import { proxmox } from "../../../testing/platforms/proxmox";

describeDriverContract("Proxmox VE, virtual machines,", () => proxmox("snapshot"));
describeDriverContract("Proxmox VE, containers,", () => proxmox("recovery-point"));
