package dev.changecast.server.dashboard;

/**
 * Something that an operator should know first.
 *
 * @param severe whether users notice it, or soon will
 * @param about what it concerns, in a word or a name
 * @param text what it is, with the present numbers, and what to do
 */
record Trouble(boolean severe, String about, String text) {}
