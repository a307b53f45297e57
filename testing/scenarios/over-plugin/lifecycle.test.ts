import "./face";
import "../lifecycle.test";
