/// JMH benchmarks behind every speed claim, one class per kernel family.
package dev.tokamak.benchmarks;
