//! What every resource has to live through.

use crate::description::{Description, Drift, Effect, Update, of_tenant, patched};
use crate::storage;
use acceptance_tests::cluster::is_change;
use acceptance_tests::{Cluster, Plugin, Stage, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use tfplugin::Value;

/// A resource with a tenant to itself.
struct Life<'a> {
    description: &'a Description,
    stage: &'a dyn Stage,
    terraform: Terraform,
    provider: Json,
    address: String,
}

/// Takes a resource through its life.
pub(crate) fn live(description: &Description, stage: &dyn Stage) {
    (description.prepare)(stage);
    let mut provider = stage.provider_block();
    if let Some(cluster) = stage.simulated() {
        provider["storage_profiles"] = storage::profiles();
        if cluster.profile() != Profile::Ce4210 {
            // What `role_arn` needs.
            let sts = "sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s'";
            stage.sys(&format!("ALTER SYSTEM SET {sts} {}", of_tenant(stage)));
        }
    }
    let terraform = Terraform::new().with_log();
    let terraform = stage
        .environment()
        .into_iter()
        .fold(terraform, |terraform, (name, value)| {
            terraform.with_variable(name, value)
        });
    let life = Life {
        address: format!("{}.it", description.resource),
        terraform,
        description,
        stage,
        provider,
    };
    if life.is_refused_where_there_is_none() {
        return;
    }
    life.is_created_in_spite_of_an_obstacle();
    life.is_left_alone_when_nothing_changed();
    life.is_imported();
    life.is_updated();
    life.is_repaired();
    life.is_created_and_deleted_twice();
    life.ends_as_it_was_told();
    life.goes_with_its_tenant();
}

impl Life<'_> {
    fn configure(&self, config: &Json) {
        self.configure_with(config, json!({}));
    }

    fn configure_with(&self, config: &Json, mut rest: Json) {
        rest["resource"] = json!({ self.description.resource: { "it": config } });
        self.terraform.configure(&self.provider, &rest);
    }

    fn plugin(&self) -> Plugin {
        Plugin::configured_with(&self.provider, &self.stage.environment())
    }

    fn forget_statements(&self) {
        self.terraform.forget_log();
        if let Some(cluster) = self.stage.simulated() {
            cluster.forget_statements();
        }
    }

    /// What was sent since then: what a simulated cluster received, or else what the provider's log says.
    fn statements(&self) -> Vec<String> {
        let logged = self.terraform.logged_statements();
        let received = self.stage.simulated().map(Cluster::statements);
        received.unwrap_or(logged)
    }

    /// As [`Life::statements`], what changes something.
    fn changes(&self) -> Vec<String> {
        let mut statements = self.statements();
        statements.retain(|sql| is_change(sql));
        statements
    }

    /// Asserts that nothing is left to do, and that finding out changes nothing and costs little.
    #[track_caller]
    fn assert_settled(&self) {
        self.forget_statements();
        self.terraform.assert_settled();
        assert_eq!(self.changes(), [""; 0]);
        let statements = self.statements();
        let reads = self.description.reads;
        assert!((1..=reads).contains(&statements.len()), "{statements:#?}");
    }

    /// Whether this release has nothing of the kind.
    fn is_refused_where_there_is_none(&self) -> bool {
        let (Some(lacking), Some(cluster)) = (&self.description.lacking, self.stage.simulated()) else {
            return false;
        };
        let lacks = (lacking.on)(cluster.profile());
        if lacks {
            let (summary, text) = lacking.refusal;
            self.configure(&self.description.base);
            self.assert_refused(summary, text);
        }
        lacks
    }

    fn is_created_in_spite_of_an_obstacle(&self) {
        let Description { base, obstacle, .. } = self.description;
        self.configure(base);
        if let Some(cluster) = self.stage.simulated() {
            (obstacle.place)(cluster);
            let complaint = self.terraform.fail(&["apply", "-no-color", "-auto-approve"]);
            assert!(complaint.contains(obstacle.message), "{complaint}");
            assert_eq!(self.terraform.state(&self.address), None, "nothing is tainted");
            (obstacle.remove)(cluster);
        }
        let applied = self.terraform.apply();
        assert!(applied.contains("1 added, 0 changed, 0 destroyed"), "{applied}");
        self.assert_settled();
    }

    fn is_left_alone_when_nothing_changed(&self) {
        self.forget_statements();
        self.terraform.apply();
        assert_eq!(self.changes(), [""; 0]);
        assert!(self.statements().len() <= self.description.reads);
        let refreshed = self.terraform.plan_with(&["-refresh-only"]);
        assert!(refreshed.text.contains("No changes."), "{}", refreshed.text);
        assert!(refreshed.is_empty, "the exit code of a refresh that found nothing");
    }

    fn is_imported(&self) {
        let Description { base, identity, .. } = self.description;
        let id = &*self.description.import_id();
        if let Some(reason) = self.description.recorded {
            let refused = self.plugin().import(self.description.resource, id);
            assert_eq!(refused.errors(), ["Nothing to import"]);
            assert!(refused.messages[0].detail.starts_with(reason), "{:?}", refused.messages);
            return;
        }
        self.terraform.succeed(&["state", "rm", &self.address]);
        self.terraform.import(&self.address, id);
        self.assert_settled();

        self.terraform.succeed(&["state", "rm", &self.address]);
        let import = json!({ "import": [{ "to": self.address, "id": id }] });
        self.configure_with(base, import);
        self.forget_statements();
        let plan = self.terraform.plan();
        assert!(
            plan.text.contains("1 to import, 0 to add, 0 to change, 0 to destroy"),
            "{}",
            plan.text
        );
        self.terraform.apply_plan();
        assert_eq!(self.changes(), [""; 0]);
        self.configure(base);
        self.assert_settled();

        let plugin = self.plugin();
        let by_id = plugin.import(self.description.resource, id).succeeded();
        let identity: Vec<(&str, &str)> = identity.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let by_identity = plugin.import_by_identity(self.description.resource, &identity);
        assert_eq!(by_identity.succeeded(), by_id);
        let (names, texts): (Vec<&str>, Vec<&str>) = identity.iter().copied().unzip();
        assert_eq!(plugin.identity(self.description.resource, &by_id, &names), texts);
        let elsewhere = id.replacen(self.stage.tenant(), "nobody", 1);
        let missing = plugin.import(self.description.resource, &elsewhere);
        assert_eq!(missing.errors(), ["Nothing to import"]);
    }

    fn is_updated(&self) {
        let mut config = self.description.base.clone();
        for update in &self.description.updates {
            let next = patched(&config, &update.patch);
            self.configure(&next);
            if self.accepts(update) {
                config = next;
            }
        }
        self.configure(&self.description.base);
        self.assert_settled();
    }

    /// Applies an update; false when it was refused, as it should be.
    fn accepts(&self, update: &Update) -> bool {
        let oldest = self
            .stage
            .simulated()
            .is_some_and(|cluster| cluster.profile() == Profile::Ce4210);
        let patch = &update.patch;
        match update.effect {
            Effect::NotOnOldest if oldest => return true,
            Effect::Refused((summary, text)) => {
                self.assert_refused(summary, text);
                return false;
            }
            Effect::RefusedOnOldest((summary, text)) if oldest => {
                self.assert_refused(summary, text);
                return false;
            }
            Effect::Statements | Effect::StateOnly | Effect::RefusedOnOldest(_) | Effect::NotOnOldest => {}
        }
        let plan = self.terraform.plan();
        assert!(!plan.is_empty, "{patch} changes nothing");
        plan.assert_counts(0, 1, 0);
        self.forget_statements();
        self.terraform.apply_plan();
        let changes = self.changes();
        match update.effect {
            Effect::StateOnly => assert_eq!(changes, [""; 0], "{patch}"),
            _ => assert!(!changes.is_empty(), "{patch} sends nothing"),
        }
        self.assert_settled();
        true
    }

    #[track_caller]
    fn assert_refused(&self, summary: &str, text: &str) {
        self.forget_statements();
        let complaint = self.terraform.fail(&["plan", "-no-color"]);
        assert!(complaint.contains(&format!("Error: {summary}")), "{complaint}");
        assert!(complaint.contains(text), "{complaint}");
        assert_eq!(self.changes(), [""; 0]);
    }

    fn is_repaired(&self) {
        for drift in &self.description.drifts {
            if (drift.possible)(self.stage) {
                self.recovers_from(drift);
            }
        }
    }

    fn recovers_from(&self, drift: &Drift) {
        self.configure(&patched(&self.description.base, &drift.patch));
        self.terraform.apply();
        (drift.act)(self.stage);
        let plan = self.terraform.plan();
        assert!(!plan.is_empty, "no drift of {:?} is seen", drift.shows);
        let changes = self.terraform.planned_changes().of(&self.address);
        for path in drift.shows {
            let shown = changes.iter().any(|change| change.starts_with(&format!("{path}: ")));
            assert!(shown, "{path} is not among {changes:#?}");
        }
        self.terraform.apply_plan();
        self.assert_settled();
    }

    fn is_created_and_deleted_twice(&self) {
        let Description { resource, base, .. } = self.description;
        let plugin = self.plugin();
        self.forget_statements();
        let state = plugin.change(resource, &Value::Null, base).succeeded();
        // Only Terraform keeps a log.
        if self.stage.simulated().is_some() && self.description.recorded.is_none() {
            assert_eq!(self.changes(), [""; 0], "what is there already is adopted");
        }
        for _ in 0..2 {
            let left = plugin.change(resource, &state, &Json::Null).succeeded();
            assert!(left.is_null());
        }
    }

    fn ends_as_it_was_told(&self) {
        let Description {
            resource,
            base,
            endings,
            ..
        } = self.description;
        let plugin = self.plugin();
        for ending in endings {
            let config = patched(base, &json!({ "on_destroy": ending.on_destroy }));
            let state = plugin.change(resource, &Value::Null, &config).succeeded();
            let warnings = plugin.plan(resource, &state, &Json::Null).messages;
            assert_eq!(warnings.len(), 1, "a destroy says what becomes of it");
            for _ in 0..2 {
                assert!(plugin.change(resource, &state, &Json::Null).succeeded().is_null());
            }
            let left = self.stage.value(&ending.query);
            assert_eq!(left, ending.leaves, "{}: {}", ending.on_destroy, ending.query);
        }
    }

    fn goes_with_its_tenant(&self) {
        // A tenant that was lent stays.
        let Some(cluster) = self.stage.simulated() else {
            return;
        };
        self.configure(&self.description.base);
        self.terraform.apply();
        self.assert_settled();
        let tenant = self.stage.tenant();
        cluster.control(|cluster| cluster.drop_tenant(tenant)).unwrap();
        let warning = self.terraform.succeed(&["plan", "-no-color"]);
        assert!(warning.contains("Warning: The tenant was dropped"), "{warning}");
        self.terraform
            .succeed(&["apply", "-no-color", "-refresh-only", "-auto-approve"]);
        assert_eq!(self.terraform.state(&self.address), None);
        let complaint = self.terraform.fail(&["plan", "-no-color"]);
        assert!(complaint.contains("Error: Unknown tenant"), "{complaint}");
        self.configure_with(&json!({}), json!({}));
        self.terraform.configure(&self.provider, &json!({}));
        self.terraform.destroy();
    }
}
