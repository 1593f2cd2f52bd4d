/** Advice for users of Terraform's `-refresh=false`, which is not supported. */
export const REFRESH_ADVICE =
  "There is no state file; every plan reads Front. Use '--refresh changes' to read only contacts that changed since the last plan with this option.";

const PLAN_ADVICE =
  "There is no state file; every plan reads Front. Run 'front-contacts plan' to show the differences.";
const DELETE_ADVICE = "To delete a contact, set 'ensure: absent' in its entry, then run 'front-contacts apply'.";
const REPLACE_ADVICE =
  "Contacts are updated in place and never replaced. Change the entry, then run 'front-contacts apply'.";
const DIRECTORY_ADVICE =
  "Use one configuration directory per company, and select it with --contacts DIRECTORY. Set settings.company to prevent an apply to the wrong company.";
const CHDIR_ADVICE = "Use --contacts DIRECTORY to select the directory that contains the configuration.";
const SETUP_ADVICE = "There are no providers, modules or backends to set up. Omit this option.";
const APPROVE_ADVICE = "To apply without a prompt, use --auto-approve.";
const VALUES_ADVICE =
  "The configuration has no variables. Use defaults, YAML anchors or a script that generates the files.";
const LOCK_ADVICE =
  "There is no state file to lock. During an apply, Front is checked for changes made by others before an operation starts, unless the last check is less than a minute old.";
const LOCK_OPTION_ADVICE = `${LOCK_ADVICE} Omit this option.`;

export const ADVICE_BY_COMMAND: ReadonlyMap<string, string> = new Map(
  Object.entries({
    destroy: DELETE_ADVICE,
    delete: DELETE_ADVICE,
    refresh: PLAN_ADVICE,
    diff: PLAN_ADVICE,
    status: PLAN_ADVICE,
    rollback: "Run 'front-contacts undo' to undo an apply.",
    state:
      "There is no state file. Run 'front-contacts import --all' to add contacts to the configuration; delete an entry to stop managing its contact.",
    taint: REPLACE_ADVICE,
    untaint: REPLACE_ADVICE,
    workspace: DIRECTORY_ADVICE,
    output: "Run 'front-contacts plan --json' or 'front-contacts show FILE --json' for output that programs can read.",
    console:
      "The configuration has no expressions to evaluate. Run 'front-contacts validate' to check the configuration.",
    graph: "Run 'front-contacts plan --json', which prints the dependencies of each operation.",
    providers: "Front is the only provider. Run 'front-contacts whoami' to show the company and the credentials.",
    get: "There are no modules to download. Every YAML file in the contacts directory is read.",
    test: "Run 'front-contacts emulator -- front-contacts apply' to try the configuration without a Front company.",
    "force-unlock": LOCK_ADVICE,
  }),
);

export const ADVICE_BY_OPTION: ReadonlyMap<string, string> = new Map(
  Object.entries({
    destroy: DELETE_ADVICE,
    "refresh-only": PLAN_ADVICE,
    replace: REPLACE_ADVICE,
    var: VALUES_ADVICE,
    "var-file": VALUES_ADVICE,
    lock: LOCK_OPTION_ADVICE,
    "lock-timeout": LOCK_OPTION_ADVICE,
    state: PLAN_ADVICE,
    chdir: CHDIR_ADVICE,
    C: CHDIR_ADVICE,
    recursive: "Subdirectories are always included. Omit this option.",
    write: "To list unformatted files without changing them, use --check.",
    upgrade: SETUP_ADVICE,
    reconfigure: SETUP_ADVICE,
    backend: SETUP_ADVICE,
    "backend-config": SETUP_ADVICE,
    y: APPROVE_ADVICE,
    yes: APPROVE_ADVICE,
    o: "To save a plan, use --out FILE.",
    "generate-config-out": "Run 'front-contacts import --all' to generate entries for existing contacts in Front.",
  }),
);
