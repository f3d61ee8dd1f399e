package dev.changecast.api.transport;

/**
 * Why a request may not become a session.
 *
 * @param status the HTTP status: 401, 403, 429 or 503
 * @param reason one sentence for the person at the other end
 */
public record Refusal(int status, String reason) {}
