//! Planning keeps its promises for any schema, state and configuration: a great many generated ones are tried.

use super::{planned, requires_replace};
use crate::schema::Nesting;
use crate::value::Type;
use crate::{Attribute, AttributePath, AttributeType, Name, Schema, Step, Value, check};
use std::collections::BTreeMap;

const CASES: u64 = 3_000;

/// A small generator of numbers that look random, and are the same in each run.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        // The SplitMix64 generator: a counter, well stirred.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut stirred = self.0;
        stirred = (stirred ^ (stirred >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        stirred = (stirred ^ (stirred >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (stirred ^ (stirred >> 31)) % sides
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.roll(chances) == 0
    }

    fn length(&mut self) -> usize {
        usize::try_from(self.roll(4)).unwrap()
    }

    fn plain_type(&mut self) -> Type {
        match self.roll(6) {
            0 => Type::Bool,
            1 => Type::Number,
            2 => Type::list(Type::String),
            3 => Type::set(Type::Number),
            4 => Type::map(Type::String),
            _ => Type::String,
        }
    }

    fn schema(&mut self) -> Schema {
        Schema {
            attributes: self.attributes(2, false),
            ..Schema::default()
        }
    }

    fn attributes(&mut self, depth: u64, in_set: bool) -> BTreeMap<Name, Attribute> {
        let mut attributes: BTreeMap<_, _> = (0..2 + self.roll(4))
            .map(|number| (Name::from(format!("attribute_{number}")), self.attribute(depth, in_set)))
            .collect();
        if in_set {
            // Without it elements could become equal, and the set shorter than it is configured.
            attributes.insert("key".into(), Attribute::required(Type::String));
        }
        attributes
    }

    fn attribute(&mut self, depth: u64, in_set: bool) -> Attribute {
        let attribute = if depth > 0 && self.one_in(3) {
            let nesting = [Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map][self.roll(4) as usize];
            let attributes = self.attributes(depth - 1, in_set || nesting == Nesting::Set);
            self.flagged(AttributeType::Nested { nesting, attributes })
        } else {
            let kind = self.plain_type();
            if self.one_in(4) {
                let default = self.value(&AttributeType::Plain(kind.clone()));
                Attribute::with_default(kind, default)
            } else if !in_set && self.one_in(6) {
                Attribute {
                    write_only: true,
                    ..Attribute::optional(kind)
                }
            } else {
                self.flagged(AttributeType::Plain(kind))
            }
        };
        Attribute {
            requires_replace: self.one_in(4),
            ..attribute
        }
    }

    fn flagged(&mut self, kind: AttributeType) -> Attribute {
        match self.roll(4) {
            0 => Attribute::required(kind),
            1 => Attribute::optional(kind),
            2 => Attribute::computed(kind),
            _ => Attribute::optional_computed(kind),
        }
    }

    /// A configuration: computed attributes are not in it.
    fn config(&mut self, attributes: &BTreeMap<Name, Attribute>) -> Value {
        Value::object(attributes.iter().map(|(name, attribute)| {
            let given = attribute.required || attribute.optional && !self.one_in(3);
            let value = match name.as_str() {
                "key" => self.unique_text(),
                _ if given => self.value(&attribute.kind),
                _ => Value::Null,
            };
            (name.as_str(), value)
        }))
    }

    fn value(&mut self, kind: &AttributeType) -> Value {
        match kind {
            AttributeType::Plain(kind) => self.plain_value(kind),
            AttributeType::Nested { nesting, attributes } => {
                let length = self.length();
                match nesting {
                    Nesting::Single => self.config(attributes),
                    Nesting::List => Value::List((0..length).map(|_| self.config(attributes)).collect()),
                    Nesting::Set => Value::Set((0..length).map(|_| self.config(attributes)).collect()),
                    Nesting::Map => Value::map((0..length).map(|key| (format!("k{key}"), self.config(attributes)))),
                }
            }
        }
    }

    /// Few different values, so that they often stay the same.
    fn plain_value(&mut self, kind: &Type) -> Value {
        let length = self.length();
        match kind {
            Type::Bool => Value::from(self.one_in(2)),
            Type::Number => Value::from(i64::try_from(self.roll(3)).unwrap()),
            Type::List(element) => Value::List((0..length).map(|_| self.plain_value(element)).collect()),
            Type::Set(element) => Value::set((0..length).map(|_| self.plain_value(element)).collect::<Vec<_>>()),
            Type::Map(element) => Value::map((0..length).map(|key| (format!("k{key}"), self.plain_value(element)))),
            _ => Value::from(format!("text {}", self.roll(3))),
        }
    }

    fn unique_text(&mut self) -> Value {
        Value::from(format!("unique {}", self.roll(u64::MAX)))
    }

    /// Another configuration: some of one, some of the other.
    fn mixed(&mut self, one: &Value, other: &Value) -> Value {
        match (one, other) {
            (Value::Object(one), Value::Object(other)) => Value::object(
                one.iter()
                    .map(|(name, value)| (name.as_str(), self.mixed(value, other.get(name).expect("of one type")))),
            ),
            _ if self.one_in(3) => other.clone(),
            _ => one.clone(),
        }
    }

    /// The same configuration while some of it is not known yet.
    fn partly_unknown(&mut self, value: &Value) -> Value {
        if self.one_in(8) {
            return Value::UNKNOWN;
        }
        match value {
            Value::Object(attributes) => Value::object(
                attributes
                    .iter()
                    .map(|(name, value)| (name.as_str(), self.partly_unknown(value))),
            ),
            Value::List(elements) => Value::List(elements.iter().map(|value| self.partly_unknown(value)).collect()),
            Value::Set(elements) => Value::Set(elements.iter().map(|value| self.partly_unknown(value)).collect()),
            Value::Map(elements) => Value::map(
                elements
                    .iter()
                    .map(|(key, value)| (key.as_str(), self.partly_unknown(value))),
            ),
            leaf => leaf.clone(),
        }
    }

    /// The state that an apply could come to: something for each unknown value.
    fn applied(&mut self, attributes: &BTreeMap<Name, Attribute>, planned: &Value) -> Value {
        match planned {
            Value::Object(values) => Value::object(values.iter().map(|(name, value)| {
                let value = match (value, &attributes[name].kind) {
                    (Value::Unknown(_), AttributeType::Plain(kind)) => self.plain_value(kind),
                    // What the provider makes up itself has all attributes set, and nothing write-only in it.
                    (Value::Unknown(_), AttributeType::Nested { .. }) => Value::Null,
                    (value, AttributeType::Nested { attributes, .. }) => self.applied(attributes, value),
                    (value, AttributeType::Plain(_)) => value.clone(),
                };
                (name.as_str(), value)
            })),
            Value::List(elements) => {
                Value::List(elements.iter().map(|value| self.applied(attributes, value)).collect())
            }
            Value::Set(elements) => Value::Set(elements.iter().map(|value| self.applied(attributes, value)).collect()),
            Value::Map(elements) => Value::map(
                elements
                    .iter()
                    .map(|(key, value)| (key.as_str(), self.applied(attributes, value))),
            ),
            leaf => leaf.clone(),
        }
    }
}

/// A schema, a state in it or none, a configuration, and the same while some of it is unknown.
struct Case {
    schema: Schema,
    prior: Option<Value>,
    partial: Value,
    config: Value,
    dice: Dice,
}

fn each_case(test: impl Fn(Case)) {
    for seed in 0..CASES {
        let mut dice = Dice(seed);
        let schema = dice.schema();
        let wanted = dice.config(&schema.attributes);
        let prior = (!dice.one_in(3)).then(|| {
            let planned = planned(&schema, None, &wanted);
            dice.applied(&schema.attributes, &planned)
        });
        let other = dice.config(&schema.attributes);
        let config = dice.mixed(&wanted, &other);
        let Value::Object(attributes) = &config else {
            panic!("a configuration is an object")
        };
        let partial = Value::object(
            attributes
                .iter()
                .map(|(name, value)| (name.as_str(), dice.partly_unknown(value))),
        );
        test(Case {
            schema,
            prior,
            partial,
            config,
            dice,
        });
    }
}

fn none(found: &crate::Diagnostics, case: &Case, what: &str) {
    assert!(
        found.is_empty(),
        "{what}: {found:#?}\nschema {:#?}\nprior {:?}\npartial {:?}\nconfig {:?}",
        case.schema,
        case.prior,
        case.partial,
        case.config
    );
}

#[test]
fn terraform_accepts_every_plan() {
    each_case(|case| {
        for config in [&case.partial, &case.config] {
            let plan = planned(&case.schema, case.prior.as_ref(), config);
            none(
                &check::plan(&case.schema, case.prior.as_ref(), config, &plan),
                &case,
                "plan",
            );
        }
    });
}

#[test]
fn planning_again_when_more_is_known_completes_the_first_plan() {
    each_case(|case| {
        let first = planned(&case.schema, case.prior.as_ref(), &case.partial);
        let second = planned(&case.schema, case.prior.as_ref(), &case.config);
        none(&check::replanned(&case.schema, &first, &second), &case, "second plan");
    });
}

#[test]
fn an_applied_state_fits_the_plan_and_needs_no_other_change() {
    each_case(|mut case| {
        let plan = planned(&case.schema, case.prior.as_ref(), &case.config);
        let state = case.dice.applied(&case.schema.attributes, &plan);
        none(&check::applied(&case.schema, &plan, &state), &case, "apply");
        assert_eq!(planned(&case.schema, Some(&state), &case.config), state);
    });
}

#[test]
fn what_requires_replacement_is_there_and_differs() {
    each_case(|case| {
        let Some(prior) = &case.prior else { return };
        let plan = planned(&case.schema, Some(prior), &case.partial);
        for path in requires_replace(&case.schema, prior, &plan) {
            let [before, after] = [prior, &plan].map(|value| reached(value, &path));
            assert!(before.is_some() || after.is_some(), "{path} leads nowhere");
            assert_ne!(
                before.unwrap_or(&Value::Null),
                after.unwrap_or(&Value::Null),
                "{path} is the same"
            );
        }
    });
}

/// As Terraform follows a path: into an unknown value, all is unknown.
fn reached<'a>(value: &'a Value, path: &AttributePath) -> Option<&'a Value> {
    path.steps().iter().try_fold(value, |value, step: &Step| match value {
        Value::Unknown(_) => Some(value),
        known => known.step(step),
    })
}
