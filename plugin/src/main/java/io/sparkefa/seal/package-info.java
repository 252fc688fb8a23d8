/**
 * Which keys does a session have, and how are its bytes sealed with them? HKDF, AES-GCM and HMAC of the JDK, in the one way in
 * which transports use them. A leaf: imports no sibling, knows neither frames nor executors.
 *
 * <p>Keys, sealers and openers are confined to whoever has made them, except where they say otherwise. None of them shows a key
 * in its {@code toString} or in an exception.
 */
package io.sparkefa.seal;
