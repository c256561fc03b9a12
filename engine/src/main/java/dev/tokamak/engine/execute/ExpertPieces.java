package dev.tokamak.engine.execute;

/// The products of all experts that have rows, cut into pieces of groups of output rows. Reused between steps; written by
/// the engine thread, then read by workers.
final class ExpertPieces {

    private static final int PIECES_PER_WORKER = 4;
    private static final int UNIT_GROUPS = 3;

    private final int groups;
    private final int workers;
    private final int[] activeExperts;
    private int active;
    private int strips;
    private int stripGroups;

    /// @param groups of one expert's matrix
    ExpertPieces(int experts, int groups, int workers) {
        this.groups = groups;
        this.workers = workers;
        this.activeExperts = new int[experts];
    }

    /// Cuts the products of the present batch and returns the number of pieces.
    int cut(ExpertPlan plan) {
        active = 0;
        for (int expert = 0; expert < activeExperts.length; expert++) {
            if (plan.rowCount(expert) > 0) {
                activeExperts[active++] = expert;
            }
        }
        if (active == 0) {
            return 0;
        }
        int wanted = Math.ceilDiv(active * groups, workers * PIECES_PER_WORKER);
        stripGroups = Math.min(groups, Math.ceilDiv(wanted, UNIT_GROUPS) * UNIT_GROUPS);
        strips = Math.ceilDiv(groups, stripGroups);
        return active * strips;
    }

    /// Experts that have rows.
    int active() {
        return active;
    }

    int expert(int piece) {
        return activeExperts[piece / strips];
    }

    int firstGroup(int piece) {
        return piece % strips * stripGroups;
    }

    int groupCount(int piece) {
        return Math.min(stripGroups, groups - firstGroup(piece));
    }
}
