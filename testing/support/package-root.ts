export { packageRoot } from "../../provider/core/package-root";
