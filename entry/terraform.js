require("./load")("terraform");
