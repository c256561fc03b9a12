package dev.tokamak.engine.execute;

import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/// A simulation of forward passes on machines with more cores than are at hand: pieces as [PieceGrid] cuts them, one claim
/// counter, one barrier after each operation, memory and compute bounds. Prints the table of decision 16:
///
/// `java -cp … dev.tokamak.engine.execute.ScalingModel`
final class ScalingModel {

    /* Every worker sees a new operation when the line of the claim counter has reached it; lines are handed from core to
     * core one after the other, so readers queue, and so do claims. A piece lasts as long as its memory or its arithmetic,
     * whichever is longer, plus a fixed overhead and noise. What an operation would cost without all this is the ideal. */

    private static final double CALL_NANOS = 200;
    private static final double NOISE = 0.1;
    private static final double FINISH_NANOS_PER_ROW_AND_COLUMN = 0.5;

    /// A machine. Times in nanoseconds, rates in units per nanosecond, so GB/s and GMAC/s.
    ///
    /// @param lineNanos to hand a contended cache line from one core to another of the same socket
    /// @param farLineNanos the same to the other socket
    /// @param remoteShare of the bytes that lie on the other socket
    record Machine(
            String name,
            int workers,
            int sockets,
            double lineNanos,
            double farLineNanos,
            double coreBytes,
            double socketBytes,
            double linkBytes,
            double remoteShare,
            double coreMacs) {

        static Machine of(String name, int workers, int sockets, double remoteShare) {
            return new Machine(
                    name, workers, sockets, 60, 180, 20, 250, 60 * sockets, remoteShare, 220);
        }

        /// Bytes per nanosecond that each worker gets when all read.
        double bytesPerWorker() {
            double perSocket = (double) workers / sockets;
            double local = Math.min(coreBytes, socketBytes / perSocket);
            if (remoteShare == 0) {
                return local;
            }
            return Math.min(local, linkBytes / (workers * remoteShare));
        }

        double handOver(SplittableRandom random) {
            boolean far = sockets > 1 && random.nextBoolean();
            return far ? farLineNanos : lineNanos;
        }
    }

    /// A matrix product of a layer.
    record Product(int groups, long groupBytes, int columns) {
        long bytes() {
            return groups * groupBytes;
        }

        long macs() {
            return 16L * groups * columns;
        }
    }

    /// A network: the products of a layer, how many layers, the head.
    record Network(String name, int layers, List<Product> layer, Product head) {
        static Network of(
                String name,
                int layers,
                int hidden,
                int kvColumns,
                int inner,
                int vocabulary,
                double bytesPerWeight) {
            return new Network(
                    name,
                    layers,
                    List.of(
                            product(hidden + 2 * kvColumns, hidden, bytesPerWeight),
                            product(hidden, hidden, bytesPerWeight),
                            product(inner, hidden, 2 * bytesPerWeight),
                            product(hidden, inner, bytesPerWeight)),
                    product(vocabulary, hidden, bytesPerWeight));
        }

        private static Product product(int rows, int columns, double bytesPerWeight) {
            return new Product(rows / 16, Math.round(16L * columns * bytesPerWeight), columns);
        }
    }

    /// How a product is cut: the pieces' groups and tokens, in the order of claims.
    interface Cut {
        List<int[]> pieces(Product product, int tokens, int workers);
    }

    static List<int[]> guided(Product product, int tokens, int workers) {
        PieceGrid grid =
                new PieceGrid(product.groups(), product.groupBytes(), product.columns(), workers);
        grid.cut(tokens);
        return java.util.stream.IntStream.range(0, grid.pieces())
                .mapToObj(piece -> new int[] {grid.groupCount(piece), grid.tokenCount(piece)})
                .toList();
    }

    /// Strips of equal width, tiles of 16 tokens.
    static Cut equal(int width) {
        return (product, tokens, workers) -> {
            int strips = (product.groups() + width - 1) / width;
            int tiles = (tokens + 15) / 16;
            return java.util.stream.IntStream.range(0, strips * tiles)
                    .mapToObj(
                            piece ->
                                    new int[] {
                                        Math.min(width, product.groups() - piece / tiles * width),
                                        Math.min(16, tokens - piece % tiles * 16)
                                    })
                    .toList();
        };
    }

    private final Machine machine;
    private final Cut cut;
    private final SplittableRandom random = new SplittableRandom(16);
    private double ideal;
    private double total;

    ScalingModel(Machine machine, Cut cut) {
        this.machine = machine;
        this.cut = cut;
    }

    /// The share of the ideal speed that is reached on a step of this many tokens, the head for one token or for all.
    static double efficiency(Machine machine, Cut cut, Network network, int tokens, int rows) {
        return new ScalingModel(machine, cut).step(network, tokens, rows).share();
    }

    double share() {
        return ideal / total;
    }

    double microseconds() {
        return total / 1e3;
    }

    ScalingModel step(Network network, int tokens, int rows) {
        for (int layer = 0; layer < network.layers(); layer++) {
            for (Product product : network.layer()) {
                multiply(product, tokens);
            }
        }
        multiply(network.head(), rows);
        return this;
    }

    private void multiply(Product product, int tokens) {
        List<int[]> pieces = cut.pieces(product, tokens, machine.workers());
        double[] nanos = new double[pieces.size()];
        double bytesPerWorker = machine.bytesPerWorker();
        for (int i = 0; i < nanos.length; i++) {
            int[] piece = pieces.get(i);
            // A strip comes from memory once; later tiles find it in a cache.
            double share = (double) piece[1] / tokens;
            double memory = piece[0] * product.groupBytes() * share / bytesPerWorker;
            double macs = 16.0 * piece[0] * product.columns() * piece[1];
            nanos[i] = Math.max(memory, macs / machine.coreMacs());
        }
        double work = 0;
        for (double piece : nanos) {
            work += piece;
        }
        ideal += work / machine.workers();
        total += operation(nanos, CALL_NANOS);
        double finish = tokens * product.groups() * 16.0 * FINISH_NANOS_PER_ROW_AND_COLUMN / 16;
        ideal += finish / machine.workers();
        if (Workbench.finishesAtOnce(tokens)) {
            total += finish;
        } else {
            double[] rows = new double[Math.min(tokens, 4 * machine.workers())];
            java.util.Arrays.fill(rows, finish / rows.length);
            total += operation(rows, CALL_NANOS);
        }
    }

    /// From publishing an operation to its end.
    private double operation(double[] nanos, double overhead) {
        PriorityQueue<Double> free = new PriorityQueue<>();
        double arrival = 0;
        for (int worker = 0; worker < machine.workers(); worker++) {
            free.add(arrival);
            // Readers of a line that was just written are served one after the other, faster than
            // writers.
            arrival += worker == 0 ? machine.handOver(random) : machine.handOver(random) / 4;
        }
        double counterFree = 0;
        double end = 0;
        double finished = 0;
        for (double piece : nanos) {
            double ready = free.remove();
            double claimed = Math.max(ready, counterFree) + machine.handOver(random);
            counterFree = claimed;
            double noise = 1 - NOISE * Math.log(1 - random.nextDouble());
            double done = claimed + overhead + piece * noise;
            free.add(done);
            end = Math.max(end, done);
        }
        int reporting = Math.min(machine.workers(), nanos.length);
        // The last report waits only for those that come at the same time; half of them is a
        // pessimistic guess.
        for (int i = 0; i < Math.max(1, reporting / 2); i++) {
            finished += machine.handOver(random);
        }
        return end + Math.min(finished, machine.lineNanos() * 8) + machine.handOver(random);
    }

    /// The machines of the table.
    static List<Machine> machines() {
        return List.of(
                Machine.of("2 cores", 2, 1, 0),
                Machine.of("8 cores", 8, 1, 0),
                Machine.of("16 cores", 16, 1, 0),
                Machine.of("32 cores", 32, 1, 0),
                Machine.of("64 cores", 64, 1, 0),
                Machine.of("2 x 32, one copy", 64, 2, 0.5),
                Machine.of("2 x 32, a copy each", 64, 2, 0));
    }

    static final Network SMOL = Network.of("135M", 30, 576, 192, 1536, 49_152, 0.625);
    static final Network ONE_BILLION = Network.of("1B", 16, 2048, 512, 8192, 32_000, 0.5625);
    static final Network EIGHT_BILLION = Network.of("8B", 32, 4096, 1024, 14_336, 128_256, 0.5625);

    public static void main(String[] arguments) {
        List<Cut> cuts = List.of(ScalingModel::guided, equal(3), equal(12));
        System.out.println("step us (share of ideal): guided | equal strips of 3 | of 12");
        for (Network network : List.of(SMOL, ONE_BILLION, EIGHT_BILLION)) {
            for (int tokens : new int[] {1, 16, 256}) {
                int rows = tokens == 256 ? 1 : tokens;
                System.out.printf("%s, %d tokens%n", network.name(), tokens);
                for (Machine machine : machines()) {
                    StringBuilder line = new StringBuilder("  %-20s".formatted(machine.name()));
                    for (Cut cut : cuts) {
                        ScalingModel model =
                                new ScalingModel(machine, cut).step(network, tokens, rows);
                        line.append(
                                " %9.0f (%2.0f %%)"
                                        .formatted(model.microseconds(), 100 * model.share()));
                    }
                    System.out.println(line);
                }
            }
        }
    }
}
