package dev.changecast.api.source;

/** How a source gives changes again that the engine has not made durable. */
public enum Replay {
    /** It starts at any position still kept, and the same change has the same position each time. */
    FROM_POSITION,
    /**
     * It gives again whatever was not acknowledged, perhaps in another order; the positions are assigned anew, always above
     * the start point. What the log holds already without its having been acknowledged it leaves out if it can tell, by what
     * it put into the checkpoint's token; otherwise it comes twice.
     */
    REDELIVERY,
    /** What is not received is lost. */
    NONE
}
