//! `cargo demo`: the provider's main job, end to end, with the real Terraform and a simulated cluster.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it prints is what it is for"
)]

use acceptance_tests::terraform::{self, without_override_warning};
use acceptance_tests::{Cluster, Terraform, provider_binary};
use clap::Parser;
use oceanbase_simulator::cluster::Profile;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

/// Protects a tenant of a simulated OceanBase cluster with Terraform, lets somebody undo it by hand, and repairs that.
#[derive(Parser)]
#[command(name = "cargo demo", version)]
struct Arguments {
    /// Release to be: ce-4.2.1.0, ee-4.3.5.3 or ce-4.4.1.0.
    #[arg(long, default_value = "ce-4.2.1.0")]
    profile: Profile,
    /// Leave everything as it is at the end, and the cluster running, to go on by hand.
    #[arg(long)]
    keep: bool,
}

const TENANT: &str = "mysql_tenant";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(missing) = terraform::executable() {
        eprintln!("{missing}");
        return ExitCode::FAILURE;
    }
    // It takes a while only where the provider has not been built yet.
    provider_binary::path();
    let stage = Stage::new(arguments.profile);
    match stage.play(arguments.keep) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Surprise(text)) => {
            eprintln!("\nThe demonstration ended here: {text}.");
            ExitCode::FAILURE
        }
    }
}

/// Something that should not have happened.
struct Surprise(String);

/// How a plan has to come out.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    NoChanges,
    Changes,
}

struct Stage {
    cluster: Cluster,
    terraform: Terraform,
    bold: bool,
}

impl Stage {
    fn new(profile: Profile) -> Self {
        let cluster = Cluster::start(profile);
        let bold = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let terraform = Terraform::new()
            .with_variable("OCEANBASE_ENDPOINTS", cluster.endpoint())
            .with_variable("TF_CLI_ARGS", if bold { "" } else { "-no-color" });
        terraform.copy(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../examples/quickstart"
        )));
        Self {
            cluster,
            terraform,
            bold,
        }
    }

    fn play(&self, keep: bool) -> Result<(), Surprise> {
        let (profile, endpoint) = (self.cluster.profile(), self.cluster.endpoint());
        self.say(&format!(
            "A cluster as OceanBase {profile} would be listens on {endpoint}. Nobody protects its tenant {TENANT}. The \
             configuration is examples/quickstart: a backup destination, and log archiving."
        ));
        println!(
            "Terraform takes the provider from where it was just built, so there is no `terraform init`; its warnings about \
             that are left out below."
        );
        self.say("What would Terraform do?");
        self.plan(Expected::Changes)?;
        self.say("Do it. Terraform is done when the tenant archives.");
        self.apply()?;
        self.say("Is anything left to do?");
        self.plan(Expected::NoChanges)?;
        self.say("At night, somebody stops archiving by hand.");
        self.by_hand(&format!("ALTER SYSTEM NOARCHIVELOG TENANT = {TENANT}"))?;
        self.say("The next plan shows it.");
        self.plan(Expected::Changes)?;
        self.say("Repair it.");
        self.apply()?;
        if keep {
            self.say("Everything stays as it is.");
            return self.wait();
        }
        self.say("Give it up. Unless `on_destroy` says otherwise, the tenant stays protected, and no file is touched.");
        self.run(&["destroy", "-auto-approve"])?;
        self.by_hand(&format!(
            "SELECT TENANT_NAME, LOG_MODE FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '{TENANT}'"
        ))?;
        self.say("That was it. `cargo demo -- --keep` leaves the cluster running, to go on by hand.");
        Ok(())
    }

    fn say(&self, text: &str) {
        match self.bold {
            true => println!("\n\x1b[1;36m# {text}\x1b[0m"),
            false => println!("\n# {text}"),
        }
    }

    fn plan(&self, expected: Expected) -> Result<(), Surprise> {
        let (code, outcome) = match expected {
            Expected::NoChanges => (0, "no changes"),
            Expected::Changes => (2, "changes"),
        };
        match self.terraform(&["plan", "-detailed-exitcode", "-out=tfplan"])? {
            found if found == code => Ok(()),
            found => Err(Surprise(format!(
                "{outcome} were expected of the plan, and it ended with {found}"
            ))),
        }
    }

    fn apply(&self) -> Result<(), Surprise> {
        self.cluster.forget_statements();
        self.run(&["apply", "tfplan"])?;
        println!("\nWhat the cluster was sent, besides queries:");
        for statement in self.cluster.changes() {
            println!("  {statement};");
        }
        Ok(())
    }

    /// Runs a command that has to succeed.
    fn run(&self, arguments: &[&str]) -> Result<(), Surprise> {
        match self.terraform(arguments)? {
            0 => Ok(()),
            code => Err(Surprise(format!("terraform {} ended with {code}", arguments.join(" ")))),
        }
    }

    /// Shows what Terraform itself prints; gives its exit code.
    fn terraform(&self, arguments: &[&str]) -> Result<i32, Surprise> {
        println!("$ terraform {}", arguments.join(" "));
        let output = self.terraform.command().args(arguments).output();
        let output = output.map_err(|error| Surprise(error.to_string()))?;
        print!("{}", without_override_warning(&String::from_utf8_lossy(&output.stdout)));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        output
            .status
            .code()
            .ok_or_else(|| Surprise("Terraform was stopped".to_owned()))
    }

    fn by_hand(&self, statement: &str) -> Result<(), Surprise> {
        println!("$ {} -e \"{statement}\"", self.mysql());
        let rows = self.cluster.sql("sys", statement).map_err(Surprise)?;
        for row in rows {
            println!("{}", row.join("  "));
        }
        Ok(())
    }

    fn mysql(&self) -> String {
        let (host, port) = self.address();
        format!("mysql -h{host} -P{port} -uroot@sys -A oceanbase")
    }

    fn address(&self) -> (String, String) {
        let endpoint = self.cluster.endpoint();
        let (host, port) = endpoint.rsplit_once(':').unwrap_or((&endpoint, "2881"));
        (host.to_owned(), port.to_owned())
    }

    /// Until the practitioner has seen enough.
    fn wait(&self) -> Result<(), Surprise> {
        println!(
            "Go on by hand, in another terminal:\n\n\
             \x20 export TF_CLI_CONFIG_FILE={}\n\
             \x20 export OCEANBASE_ENDPOINTS={}\n\
             \x20 terraform -chdir={} plan\n\n\
             \x20 {}\n\n\
             Ctrl-C ends the cluster, and removes its files and the configuration.",
            self.terraform.cli_config().display(),
            self.cluster.endpoint(),
            self.terraform.path().display(),
            self.mysql(),
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let interrupted = runtime.and_then(|runtime| runtime.block_on(tokio::signal::ctrl_c()));
        interrupted.map_err(|error| Surprise(error.to_string()))
    }
}
