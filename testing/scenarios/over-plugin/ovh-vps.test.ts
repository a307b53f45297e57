import "./face";
import "../ovh-vps.test";
