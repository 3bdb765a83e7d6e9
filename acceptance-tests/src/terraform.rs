//! The real Terraform, in a directory of its own.

use crate::plan::{Changes, Plan};
use crate::provider_binary;
use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// There is no Terraform to run.
#[derive(Debug)]
pub struct NotInstalled(String);

impl std::fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Terraform 1.11 or later is needed, and {}: install it from https://developer.hashicorp.com/terraform/install, \
             or set TERRAFORM to the path of the executable.",
            self.0
        )
    }
}

/// The executable: `$TERRAFORM`, or `terraform` on the PATH.
pub fn executable() -> Result<OsString, NotInstalled> {
    let (program, origin) = match std::env::var_os("TERRAFORM").filter(|path| !path.is_empty()) {
        Some(program) => (program, "TERRAFORM names none that runs"),
        None => ("terraform".into(), "there is no `terraform` on the PATH"),
    };
    let version = Command::new(&program)
        .arg("version")
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    match version {
        Ok(output) if output.status.success() => Ok(program),
        Ok(_) | Err(_) => Err(NotInstalled(origin.to_owned())),
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Run {
    fn of(command: &mut Command) -> Self {
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Whether it succeeded.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Everything that it printed, in one line and without the frames of diagnostics.
    pub fn message(&self) -> String {
        let text = format!("{} {}", self.stdout, self.stderr);
        let words = text.split_whitespace().filter(|word| !"│╷╵".contains(word));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A directory with a configuration and its state.
pub struct Terraform {
    program: OsString,
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Terraform {
    /// An empty directory, where Terraform finds the provider as it was just built, without `init`.
    pub fn new() -> Self {
        Self::with_providers(&[("ob-as-code/oceanbase", provider_binary::path())])
    }

    /// An empty directory, where Terraform finds the executables of these providers, by their source, without `init`.
    pub fn with_providers(providers: &[(&str, &Path)]) -> Self {
        Self::with_installation(|directory| override_providers(directory, providers))
    }

    /// An empty directory, where `init` installs the provider as it was just built from a filesystem mirror.
    pub fn with_mirror() -> Self {
        Self::with_installation(mirror_provider)
    }

    /// `method` prepares where providers come from, and gives its settings.
    fn with_installation(method: impl FnOnce(&Path) -> String) -> Self {
        let program = executable().unwrap_or_else(|missing| panic!("{missing}"));
        let directory = tempfile::Builder::new().prefix("terraform-").tempdir();
        let directory = directory.expect("a temporary directory can be made");
        let method = method(directory.path());
        let text = format!("provider_installation {{\n{method}}}\n");
        write(&directory.path().join(CLI_CONFIG), text);
        std::fs::create_dir(directory.path().join("root")).expect("a fresh directory is empty");
        Self {
            program,
            directory,
            environment: Vec::new(),
        }
    }

    /// The same with an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The same with a log of what the provider does, for [`Terraform::logged_statements`].
    #[must_use]
    pub fn with_log(self) -> Self {
        self.with_variable("TF_LOG_PROVIDER", "DEBUG")
            .with_variable("TF_LOG_PATH", LOG)
    }

    /// The statements that the provider sent according to its log, since [`Terraform::forget_log`].
    pub fn logged_statements(&self) -> Vec<String> {
        let log = self.read(LOG).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        log.lines().filter_map(logged_statement).collect()
    }

    /// Starts the log anew.
    pub fn forget_log(&self) {
        match std::fs::remove_file(self.path().join(LOG)) {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
        }
    }

    /// Terraform's own settings, which name the provider's executable.
    pub fn cli_config(&self) -> PathBuf {
        self.directory.path().join(CLI_CONFIG)
    }

    /// Where the configuration is.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// Writes a file into the configuration.
    pub fn write(&self, name: &str, text: &str) {
        write(&self.path().join(name), text);
    }

    /// Copies a folder, with those in it, into the configuration.
    pub fn copy(&self, folder: &Path) {
        copy_into(folder, &self.path());
    }

    /// A file next to the configuration.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path().join(name)).ok()
    }

    /// Writes the configuration: a provider block, and everything else in Terraform's JSON syntax.
    pub fn configure(&self, provider: &Json, rest: &Json) {
        let mut configuration = json!({
            "terraform": { "required_providers": { "oceanbase": { "source": "ob-as-code/oceanbase" } } },
            "provider": { "oceanbase": provider },
        });
        let further = rest.as_object().into_iter().flatten();
        for (key, value) in further {
            configuration[key] = value.clone();
        }
        self.write("main.tf.json", &configuration.to_string());
    }

    /// The command, with everything set but the arguments.
    pub fn command(&self) -> Command {
        self.with_environment(Command::new(&self.program))
    }

    /// Runs a shell script that is next to the configuration, and that runs Terraform.
    pub fn run_script(&self, name: &str) -> Run {
        let mut command = self.with_environment(Command::new("sh"));
        command.arg(name).env("TERRAFORM", &self.program);
        Run::of(&mut command)
    }

    fn with_environment(&self, mut command: Command) -> Command {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("TF_") || text.starts_with("OCEANBASE_") {
                command.env_remove(&name);
            }
        }
        command
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env("TF_CLI_CONFIG_FILE", self.cli_config())
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command without colours.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command().args(arguments))
    }

    /// Runs a command that has to succeed; gives what it printed.
    #[track_caller]
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert!(
            run.success(),
            "terraform {arguments:?}:\n{}\n{}",
            run.stdout,
            run.stderr
        );
        run.stdout
    }

    /// Runs a command that has to fail; gives what it printed, in one line.
    #[track_caller]
    pub fn fail(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert!(!run.success(), "terraform {arguments:?} succeeded:\n{}", run.stdout);
        run.message()
    }

    /// Plans, and keeps the plan for [`Terraform::apply_plan`].
    #[track_caller]
    pub fn plan(&self) -> Plan {
        self.plan_with(&[])
    }

    /// As [`Terraform::plan`], with further arguments.
    #[track_caller]
    pub fn plan_with(&self, further: &[&str]) -> Plan {
        let arguments = [&["plan", "-no-color", "-detailed-exitcode", "-out=tfplan"], further].concat();
        let run = self.run(&arguments);
        let text = run.stdout;
        assert!(
            matches!(run.code, Some(0 | 2)),
            "terraform plan:\n{text}\n{}",
            run.stderr
        );
        Plan {
            is_empty: run.code == Some(0),
            text,
        }
    }

    /// The plan that was kept, attribute by attribute.
    #[track_caller]
    pub fn planned_changes(&self) -> Changes {
        Changes(self.json(&["show", "-json", "tfplan"]))
    }

    /// Asserts that nothing is left to do.
    #[track_caller]
    pub fn assert_settled(&self) {
        let plan = self.plan();
        assert!(plan.is_empty, "changes are planned:\n{}", plan.text);
    }

    /// Applies the plan that was kept.
    #[track_caller]
    pub fn apply_plan(&self) -> String {
        self.succeed(&["apply", "-no-color", "tfplan"])
    }

    /// Plans and applies in one go.
    #[track_caller]
    pub fn apply(&self) -> String {
        self.succeed(&["apply", "-no-color", "-auto-approve"])
    }

    /// Destroys everything.
    #[track_caller]
    pub fn destroy(&self) -> String {
        self.succeed(&["destroy", "-no-color", "-auto-approve"])
    }

    /// Imports an existing object.
    #[track_caller]
    pub fn import(&self, address: &str, id: &str) -> String {
        self.succeed(&["import", "-no-color", address, id])
    }

    /// The attributes of an object in the state.
    #[track_caller]
    pub fn state(&self, address: &str) -> Option<Json> {
        let mut state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array_mut()?;
        let found = resources.iter_mut().find(|resource| resource["address"] == address)?;
        Some(found["values"].take())
    }

    /// The value of an output.
    #[track_caller]
    pub fn output(&self, name: &str) -> Json {
        self.json(&["output", "-json", name])
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Json {
        let text = self.succeed(arguments);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("terraform {arguments:?}: {error}: {text}"))
    }
}

impl Default for Terraform {
    fn default() -> Self {
        Self::new()
    }
}

const CLI_CONFIG: &str = "terraform.rc";
const LOG: &str = "provider.log";

/// The statement in a line of the log. Terraform quotes texts with blanks in them.
fn logged_statement(line: &str) -> Option<String> {
    let (_, event) = line.split_once(".terraform-provider-oceanbase: statement")?;
    let (_, value) = event.split_once(" statement=")?;
    if !value.starts_with('"') {
        return value.split_whitespace().next().map(str::to_owned);
    }
    let mut texts = serde_json::Deserializer::from_str(value).into_iter::<String>();
    texts.next()?.ok()
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::write(path, text).expect("a temporary directory can be written to");
}

fn copy_into(folder: &Path, target: &Path) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("a folder can be listed");
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        if from.is_dir() {
            std::fs::create_dir_all(&to).expect("a folder can be made");
            copy_into(&from, &to);
        } else {
            std::fs::copy(from, to).expect("a file can be copied");
        }
    }
}

/// Lays the provider into a folder as into a registry.
fn mirror_provider(directory: &Path) -> String {
    let mirror = directory.join("mirror");
    let (version, suffix) = (env!("CARGO_PKG_VERSION"), std::env::consts::EXE_SUFFIX);
    let place = format!(
        "registry.terraform.io/ob-as-code/oceanbase/{version}/{}_{}",
        match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        },
        match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        }
    );
    std::fs::create_dir_all(mirror.join(&place)).expect("a fresh directory is empty");
    let file = format!("terraform-provider-oceanbase_v{version}{suffix}");
    link(provider_binary::path(), &mirror.join(place).join(file));
    format!("  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n")
}

/// Terraform takes providers from a folder: no `init`, no registry, and a warning with every command.
fn override_providers(directory: &Path, providers: &[(&str, &Path)]) -> String {
    let plugins = directory.join("plugins");
    std::fs::create_dir(&plugins).expect("a fresh directory is empty");
    let overrides = providers.iter().map(|(source, binary)| {
        let name = source.rsplit('/').next().unwrap_or_default();
        let file = format!("terraform-provider-{name}{}", std::env::consts::EXE_SUFFIX);
        link(binary, &plugins.join(file));
        format!("    {source:?} = {plugins:?}\n")
    });
    format!(
        "  dev_overrides {{\n{}  }}\n  direct {{}}\n",
        overrides.collect::<String>()
    )
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).expect("a fresh directory can be written to");
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("the provider can be copied");
}

/// What Terraform printed, without its warning that the provider comes from a folder. With colours the warning is in a
/// box; else it ends with its last word.
pub fn without_override_warning(text: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let title = |line: &&str| line.contains("Provider development overrides are in effect");
    while let Some(at) = lines.iter().position(title) {
        let boxed = at > 0 && lines[at - 1].contains('╷');
        let start = if boxed { at - 1 } else { at };
        let is_last = |line: &&str| {
            if boxed {
                line.contains('╵')
            } else {
                line.trim() == "releases."
            }
        };
        let Some(length) = lines[start..].iter().position(is_last) else {
            break;
        };
        lines.drain(start..=start + length);
    }
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::{logged_statement, without_override_warning};

    #[test]
    fn statements_are_found_in_the_log() {
        let line =
            |event: &str| format!("2026-01-01T00:00:00.000Z [DEBUG] provider.terraform-provider-oceanbase: {event}");
        for (event, statement) in [
            (
                r#"statement: rows=1 statement="SELECT \"a\", 'b'" elapsed=1ms"#,
                Some(r#"SELECT "a", 'b'"#),
            ),
            (
                r#"statement failed: statement="ALTER SYSTEM x" error="#,
                Some("ALTER SYSTEM x"),
            ),
            ("statement: statement=COMMIT elapsed=1ms", Some("COMMIT")),
            ("logged in: account=root@sys", None),
        ] {
            assert_eq!(logged_statement(&line(event)).as_deref(), statement, "{event}");
        }
    }

    #[test]
    fn only_the_warning_about_the_folder_is_left_out() {
        let warning = "Warning: Provider development overrides are in effect\n\nand so on\nreleases.\n";
        let boxed = "╷\n│ Warning: Provider development overrides are in effect\n│ releases.\n╵\n";
        for noise in [warning, boxed] {
            let text = format!("before\n{noise}╷\n│ Warning: another\n╵\nafter\n");
            assert_eq!(
                without_override_warning(&text),
                "before\n╷\n│ Warning: another\n╵\nafter\n"
            );
        }
    }
}
