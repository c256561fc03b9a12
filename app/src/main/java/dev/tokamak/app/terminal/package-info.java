/// What a person at a terminal sees: progress of long work and the interactive chat. Knows no command-line arguments.
package dev.tokamak.app.terminal;
