/** Only loads yargs, as the baseline for commands that have little to do. */
import "yargs";
