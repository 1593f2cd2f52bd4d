/** Loads yargs and nothing else: the minimum processor time of any command. */
import "yargs";
