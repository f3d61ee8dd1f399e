package dev.changecast.server.demo;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What the page's form asks for, checked.
 *
 * @param employee who sits or will sit there; null for a status without a person
 */
record WorkstationChange(
        String status, @Nullable String employee, @Nullable String notes) {
    private static final List<String> STATUSES = List.of("available", "occupied", "maintenance", "reserved");
    private static final Set<String> TAKEN = Set.of("occupied", "reserved");
    private static final Set<String> FIELDS = Set.of("status", "employee", "notes");
    private static final int EMPLOYEE_LENGTH = 60;
    private static final int NOTES_LENGTH = 200;

    /** What is wrong with a form, in words for the person who filled it in. */
    static final class InvalidException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidException(String message) {
            super(message);
        }
    }

    static WorkstationChange parse(byte[] json) throws InvalidException {
        JsonNode body;
        try {
            body = Replies.JSON.readTree(json);
        } catch (JacksonException e) {
            throw new InvalidException("The body must be a JSON object with status, employee and notes.");
        }
        if (!body.isObject()) {
            throw new InvalidException("The body must be a JSON object with status, employee and notes.");
        }
        for (String field : body.propertyNames()) {
            if (!FIELDS.contains(field)) {
                throw new InvalidException(
                        "There is no field '" + shortened(field) + "': only status, employee, notes.");
            }
        }
        String status = text(body, "status", 20);
        if (status == null || !STATUSES.contains(status)) {
            throw new InvalidException("The status must be one of " + String.join(", ", STATUSES) + ".");
        }
        String employee = text(body, "employee", EMPLOYEE_LENGTH);
        if (TAKEN.contains(status) && employee == null) {
            throw new InvalidException("Who is it " + status + " by? Give an employee.");
        }
        if (!TAKEN.contains(status) && employee != null) {
            throw new InvalidException("Nobody sits at a workstation that is " + status + ": leave the employee out.");
        }
        return new WorkstationChange(status, employee, text(body, "notes", NOTES_LENGTH));
    }

    private static @Nullable String text(JsonNode body, String field, int longest) throws InvalidException {
        JsonNode node = body.get(field);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isString()) {
            throw new InvalidException("The field '" + field + "' must be a text or null.");
        }
        String text = node.stringValue().strip();
        if (text.length() > longest) {
            throw new InvalidException(
                    "The field '" + field + "' has " + text.length() + " characters, " + longest + " are allowed.");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidException("The field '" + field + "' has control characters.");
        }
        return text.isEmpty() ? null : text;
    }

    private static String shortened(String field) {
        return field.length() <= 30 ? field : field.substring(0, 30) + "...";
    }
}
