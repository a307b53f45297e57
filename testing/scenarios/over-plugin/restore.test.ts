import "./face";
import "../restore.test";
