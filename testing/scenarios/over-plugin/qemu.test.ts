import "./face";
import "../qemu.test";
