package io.holdfast.tools.chaos;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What one run is asked to do.
 *
 * @param fault as it is typed; or a walk
 * @param rate requests a second
 * @param seconds of measured load, of each round
 * @param rounds how often the fault is played, one after the other in the same cluster
 * @param hot documents that get half of the requests
 * @param data the directory of the run's own cluster
 * @param config of the nodes; the usual one if empty
 */
record RunSettings(
    String fault,
    int rate,
    int seconds,
    int rounds,
    int keys,
    int hot,
    int nodes,
    int basePort,
    Path data,
    Optional<Path> config,
    long seed) {}
