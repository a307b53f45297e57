/**
 * The property with the serialized provider of a dynamic resource. The dynamic adapter must return it
 * with every state, or a delete fails; the plugin drops it from a state that it takes over.
 */
export const CLOSURE = "__provider";
