/** Only loads yargs, as the baseline for the CPU time of short commands. */
import "yargs";
