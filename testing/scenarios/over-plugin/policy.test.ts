import "./face";
import "../policy.test";
