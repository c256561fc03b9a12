package dev.tokamak.models.architecture;

import dev.tokamak.kernels.attention.ScoreRule;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.rope.RopeTable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Self-attention, of one of two kinds. Immutable.
public sealed interface AttentionBlock {

    /// The heads as attention over cached keys and values sees them.
    HeadShape heads();

    /// How scores are made.
    ScoreRule rule();

    /// The projection back to the residual stream.
    Projection output();

    /// The rotation of positions, if there is one.
    Optional<RopeTable> rotation();

    /// All matrices that the block multiplies with.
    Stream<PackedWeights> matrices();

    /// Attention with query heads that share key and value heads in groups. Ainslie et al., "GQA", 2023.
    ///
    /// @param rope rotation of queries and keys; empty where positions do not matter
    /// @param temperature how queries grow with their position
    record Grouped(
            HeadShape heads,
            ScoreRule rule,
            QueryKeyValue projections,
            HeadNorms headNorms,
            Optional<RopeTable> rope,
            Optional<Temperature> temperature,
            Projection output)
            implements AttentionBlock {

        @Override
        public Optional<RopeTable> rotation() {
            return rope;
        }

        @Override
        public Stream<PackedWeights> matrices() {
            return Stream.concat(projections.all(), Stream.of(output)).map(Projection::weights);
        }
    }

    /// The projections of the normalised residual stream.
    ///
    /// @param key empty where the keys and values of an earlier layer are read
    /// @param value empty where values are the keys as projected, before their norm and rotation
    /// @param gate what the sigmoid of is a factor of each head's output, or of each element of all of them
    record QueryKeyValue(
            Projection query,
            Optional<Projection> key,
            Optional<Projection> value,
            Optional<Projection> gate) {

        /// All that there are.
        public Stream<Projection> all() {
            return Stream.of(Stream.of(query), key.stream(), value.stream(), gate.stream())
                    .flatMap(stream -> stream);
        }
    }

    /// Norms of queries, keys and values.
    ///
    /// @param afterRotation whether queries and keys are rotated first
    /// @param span what one norm of queries or keys is taken over
    /// @param value of each head
    record HeadNorms(
            boolean afterRotation,
            Span span,
            Optional<NormWeights> query,
            Optional<NormWeights> key,
            Optional<NormWeights> value) {

        /// What one norm is taken over.
        public enum Span {
            /// Each head by itself, with weights for one head that all share, or weights for each.
            HEAD,
            /// All heads at once.
            ALL_HEADS
        }
    }

    /// Multi-head latent attention: keys and values are cached as one latent that all heads share, and queries are brought
    /// into its space. DeepSeek-AI, "DeepSeek-V2", 2024.
    ///
    /// @param heads as cached: one KV head whose key is the latent followed by the rotated part, and whose value is the latent
    /// @param query how queries are made
    /// @param latent projection of the residual stream to latent and rotated part
    /// @param latentNorm norm of the latent
    /// @param perHead what turns queries into the latent's space and attended latents into values
    record Latent(
            HeadShape heads,
            ScoreRule rule,
            LatentQuery query,
            Projection latent,
            NormWeights latentNorm,
            LatentHeads perHead,
            RopeTable rope,
            Projection output)
            implements AttentionBlock {

        @Override
        public Optional<RopeTable> rotation() {
            return Optional.of(rope);
        }

        @Override
        public Stream<PackedWeights> matrices() {
            return Stream.of(
                            query.down().stream().map(Projection::weights),
                            Stream.of(query.up().weights(), latent.weights(), output.weights()),
                            perHead.absorb().stream(),
                            perHead.expand().stream())
                    .flatMap(stream -> stream);
        }
    }

    /// Queries of latent attention: of the residual stream, or of a narrower row that is normalised first.
    ///
    /// @param down projection to the narrower row, with its norm
    /// @param up projection to all heads
    /// @param plainDim elements of a query head that are not rotated, before those that are
    record LatentQuery(
            Optional<Projection> down, Optional<NormWeights> norm, Projection up, int plainDim) {}

    /// For each head the matrix from the plain part of a query to the latent, and from the latent to the head's value.
    record LatentHeads(List<PackedWeights> absorb, List<PackedWeights> expand) {

        public LatentHeads {
            absorb = List.copyOf(absorb);
            expand = List.copyOf(expand);
        }
    }
}
