//! A provider that does nothing: what `tfplugin` and having a provider at all cost.
//!
//! Its resources are in the state and nowhere else: `bare_thing` is a name, and `bare_backup_destination` has all the
//! attributes of `oceanbase_backup_destination`. Terraform's own work grows with the attributes of a resource: the two tell
//! that apart from the work of the provider.

use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::LazyLock;
use terraform_provider_oceanbase::resources::backup_destination;
use tfplugin::resource::PlanRequest;
use tfplugin::schema::IdentityAttribute;
use tfplugin::{
    Action, Applied, Attribute, Call, Change, DataSource, Diagnostics, Function, IdentitySchema, ImportKey, Provider,
    Resource, Schema, Type, Value,
};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    tfplugin::serve(Bare::new())
}

struct Bare {
    schema: Schema,
    resources: Vec<Box<dyn Resource<()>>>,
}

impl Bare {
    fn new() -> Self {
        Self {
            schema: Schema::default(),
            resources: vec![
                Box::new(Idle::new("bare_thing", "name", thing)),
                Box::new(Idle::new("bare_backup_destination", "tenant", backup_destination)),
            ],
        }
    }
}

impl Provider for Bare {
    type Configured = ();

    fn address(&self) -> &'static str {
        "registry.terraform.io/ob-as-code/bare"
    }

    fn run_by_hand(&self) -> String {
        "This is a Terraform provider that does nothing: the benchmark starts it.".to_owned()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Box<dyn Resource<()>>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Box<dyn DataSource<()>>] {
        &[]
    }

    fn actions(&self) -> &[Box<dyn Action<()>>] {
        &[]
    }

    fn functions(&self) -> &[Box<dyn Function>] {
        &[]
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    fn configure(&self, _: &Value, _: &CancellationToken) -> Result<(), Diagnostics> {
        Ok(())
    }
}

fn thing() -> Schema {
    Schema {
        version: 0,
        description: "A name.".to_owned(),
        attributes: BTreeMap::from([("name".into(), Attribute::required(Type::String))]),
    }
}

fn backup_destination() -> Schema {
    Schema::of::<backup_destination::Model>().expect("the provider has a test for that")
}

/// A resource that nothing is done for.
struct Idle {
    type_name: &'static str,
    /// Made when it is asked for, as the provider's are.
    schema: LazyLock<Schema>,
    identity: IdentitySchema,
}

impl Idle {
    fn new(type_name: &'static str, identity: &str, schema: fn() -> Schema) -> Self {
        let attribute = IdentityAttribute {
            kind: Type::String,
            description: "Its name.".to_owned(),
            required_for_import: true,
        };
        Self {
            type_name,
            schema: LazyLock::new(schema),
            identity: IdentitySchema {
                version: 0,
                attributes: BTreeMap::from([(identity.into(), attribute)]),
            },
        }
    }

    /// Something in place of what is not known yet, about as long as what the provider would store.
    fn complete(&self, planned: Value) -> Value {
        planned.transform(&mut |path, value| {
            if value.is_known() {
                return value;
            }
            match self.schema.at(path).map(Attribute::implied_type) {
                Some(Type::String) => Value::string("file:///data/mysql_tenant"),
                Some(Type::Number) => Value::number(1001_i64),
                Some(Type::List(_)) => Value::List(Vec::new()),
                _ => Value::Null,
            }
        })
    }
}

impl Resource<()> for Idle {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_schema(&self) -> &IdentitySchema {
        &self.identity
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    fn read<'a>(&'a self, _: Call<'a, ()>, state: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async { (Some(state), Diagnostics::none()) })
    }

    fn plan<'a>(&'a self, _: Call<'a, ()>, request: &'a PlanRequest) -> BoxFuture<'a, (Value, Diagnostics)> {
        Box::pin(async { (request.planned.clone(), Diagnostics::none()) })
    }

    fn plan_destroy<'a>(&'a self, _: Call<'a, ()>, _: Value) -> BoxFuture<'a, Diagnostics> {
        Box::pin(async { Diagnostics::none() })
    }

    fn apply<'a>(&'a self, _: Call<'a, ()>, change: Change) -> BoxFuture<'a, Applied> {
        Box::pin(async move {
            let state = match change {
                Change::Create { planned } | Change::Update { planned, .. } => Some(self.complete(planned)),
                Change::Delete { .. } => None,
            };
            Applied {
                state,
                diagnostics: Diagnostics::none(),
            }
        })
    }

    fn import<'a>(&'a self, _: Call<'a, ()>, _: ImportKey) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async { (None, Diagnostics::none()) })
    }
}
