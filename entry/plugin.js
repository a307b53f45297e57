require("./load")("plugin");
