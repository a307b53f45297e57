import "./face";
import "../trouble.test";
