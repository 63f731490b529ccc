package io.holdfast.resource;

/** Why a stored response is the answer. */
public enum StoredUse {
  FRESH,
  /** The request allows it. */
  STALE,
  /** It is being refreshed. */
  REVALIDATED,
  /** A refresh has failed, and the next one waits. */
  REARMED,
  /** It is what the request has waited for. */
  COLLAPSED
}
