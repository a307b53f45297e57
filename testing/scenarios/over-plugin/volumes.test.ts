import "./face";
import "../volumes.test";
