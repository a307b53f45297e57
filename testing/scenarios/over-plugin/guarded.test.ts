import "./face";
import "../guarded.test";
