/**
 * Identities from JSON Web Tokens: {@link dev.changecast.auth.jwt.JwtAuthenticator} for servers, {@link
 * dev.changecast.auth.jwt.TokenSigner} for who makes tokens, tests above all.
 */
@NullMarked
package dev.changecast.auth.jwt;

import org.jspecify.annotations.NullMarked;
