/**
 * What a shared HTTP cache decides (RFC 9111 and its kin), as functions over a request, stored
 * responses and the time: no clock, no content, no waiting, no network. Whoever calls them stores,
 * forwards and waits.
 *
 * <pre>
 *   request ------> Reuse ----+--> Fresh, Stale ---------------------------> Answer --> client
 *                     ^       +--> StaleWhileRevalidate --> Answer, and in the background:
 *                     |       +--> Validate, Miss --> service ---+
 *              StoredResponse |                                  |
 *                     ^       +--> Bypass, NothingStored         +--> 304 ---> Updating
 *                     |                                          +--> other -> Storing
 *                     +------------------------------------------+    unsafe -> Invalidation
 * </pre>
 *
 * {@link io.holdfast.caching.Degradation} is the order of answers when things fail, {@link
 * io.holdfast.caching.Rearming} the pause between attempts, {@link io.holdfast.caching.Generation}
 * what keeps a late answer from outliving a purge.
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li><i>The strictest reading wins.</i> A number that is malformed, or comes twice with two
 *       values, allows nothing; {@code private} with a malformed list of names is {@code private};
 *       what allows something ({@code public}, {@code immutable}) is heeded only as it is defined.
 *   <li><i>What is not for others is not stored.</i> Fields that {@code private} or {@code
 *       no-cache} name are left out when the rest is stored, so that no later step can forget it.
 *   <li><i>Cookies.</i> {@code Set-Cookie} is stored and given again where the service says that
 *       the response is for everybody: {@code public}, or an explicit lifetime. Without that word
 *       neither a guessed lifetime nor a failure of the service shows one client what was made for
 *       another: such a response is not stored, nor is one to a request with {@code Cookie} that
 *       may be used unvalidated.
 *   <li><i>A response without any word about caching</i> is stored if its status code allows it,
 *       stale from the beginning: for validation, and for the hour in which the service fails.
 *   <li><i>Stale never means error.</i> A stored 500, 502, 503 or 504 is used while it is fresh, as
 *       the service said, and not a moment longer.
 *   <li><i>{@code s-maxage} forbids stale answers</i>, as {@code proxy-revalidate} does (RFC 9111,
 *       section 5.2.2.10), even beside {@code stale-while-revalidate}.
 *   <li><i>The client's conditions are not forwarded</i> where the answer may serve others: the
 *       cache asks for itself, stores, and judges the conditions. A personal request keeps them.
 *   <li><i>A 304 that names no validator</i> is taken for the one response that was asked about;
 *       one that names another than was asked about confirms nothing, and the service is asked
 *       again.
 *   <li><i>Parts.</i> A 206 with one range is stored and answers ranges within it. It is not put
 *       together with others, and not completed: the whole takes its place when somebody asks for
 *       it. One whose content has not the length that its range says is not stored.
 *   <li><i>{@code Accept-Language}</i> also matches by what it asks for: the one language that a
 *       request wants most is the language of the stored response. Members of {@code Accept} and
 *       its kin match in any order and case; other fields but for white space around commas.
 *   <li><i>The path of the key is normalised in its escapes only.</i> Services differ about dot
 *       segments and {@code %2F}; what one of them answers to the odd form must not stand for the
 *       plain one.
 *   <li><i>HEAD</i> is answered from GET's stored responses and updates them; its own answers are
 *       not stored.
 *   <li><i>Answers to POST are not stored</i>, though they may be for GET where they have a
 *       lifetime and name the target in {@code Content-Location} (RFC 9110, section 9.3.3). Another
 *       change may have been made between the answer and its arrival; it is of an older generation
 *       only if the owner was asked for today's before the POST was sent, so every POST would cost
 *       one more way through the cluster, for an answer that the next GET brings by itself.
 *   <li><i>{@code immutable}</i> (RFC 8246): while fresh, {@code max-age} of a request does not
 *       count; {@code no-cache} does, which is how a client forces it.
 *   <li><i>Times are of one clock</i>, and milliseconds; ages and lifetimes are capped at 2^31
 *       seconds, so that no sum overflows. An age never falls while the same response is stored.
 * </ul>
 */
package io.holdfast.caching;
