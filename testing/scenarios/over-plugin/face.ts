/* Imported before a suite of scenarios, so that all of them take the plugin. */
process.env.SNAPSTATE_SUITE_FACE = "plugin";
