/** Measures a process that only loads yargs, the baseline of commands that have little to do. */
import "yargs";
