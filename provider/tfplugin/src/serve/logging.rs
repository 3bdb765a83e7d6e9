//! Logging in the form that Terraform reads from a provider's stderr: one JSON object per line, as hclog writes them.

use serde_json::{Map, Value, json};
use std::fmt;
use std::io::{self, Write};
use std::panic::Location;
use std::time::SystemTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Terraform takes longer lines for plain text.
const LONGEST_LINE: usize = 64 * 1024 - 1;

/// What is left of a message whose line would be too long.
const LONGEST_MESSAGE: usize = 4096;

/// Logs what the framework and the provider's own crate say, when Terraform's log is turned on. Other crates are left
/// out: nobody has looked at whether their events hold secrets.
pub(super) fn start(provider_name: &str) {
    let level = level(provider_name, |variable| std::env::var(variable).ok());
    if level == LevelFilter::OFF {
        return;
    }
    // A program that has its own subscriber keeps it.
    let _ = tracing::subscriber::set_global_default(Hclog::new(provider_name, level));
}

/// Writes a panic's location, never its text, which may hold a secret: unwrapping prints the value at hand.
pub(super) fn write_panic(location: Option<&Location<'_>>) {
    let location = location.map(ToString::to_string);
    write_line(&entry(
        "error",
        "The provider crashed",
        "provider",
        json!({ "location": location }),
    ));
}

/// The level that the practitioner asked for: of this provider, of all providers, of everything.
fn level(provider_name: &str, variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let of_provider = format!("TF_LOG_PROVIDER_{}", provider_name.to_uppercase().replace('-', "_"));
    let asked = [of_provider.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|text| !text.is_empty()));
    match asked.unwrap_or_default().to_uppercase().as_str() {
        "" | "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        // Terraform, too, takes "JSON" and whatever else it does not know for "all there is".
        _ => LevelFilter::TRACE,
    }
}

/// Writes events; spans it leaves out, since hclog has none.
struct Hclog {
    level: LevelFilter,
    module: String,
    crates: [String; 2],
}

impl Hclog {
    fn new(provider_name: &str, level: LevelFilter) -> Self {
        let own_crate = format!("terraform_provider_{}", provider_name.replace('-', "_"));
        Self {
            level,
            module: format!("provider.{provider_name}"),
            crates: ["tfplugin".to_owned(), own_crate],
        }
    }
}

impl Subscriber for Hclog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let origin = metadata.target().split("::").next().unwrap_or_default();
        !metadata.is_span() && *metadata.level() <= self.level && self.crates.iter().any(|ours| ours == origin)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = event.metadata().level().as_str().to_lowercase();
        write_line(&entry(
            &level,
            &fields.message,
            &self.module,
            Value::Object(fields.others),
        ));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One line, without its end.
fn entry(level: &str, message: &str, module: &str, others: Value) -> String {
    let mut entry = others;
    // Terraform's reader crashes when level or message are anything but texts: they are set last.
    entry["@level"] = level.into();
    entry["@message"] = message.into();
    entry["@module"] = module.into();
    entry["@timestamp"] = timestamp(SystemTime::now()).into();
    let line = entry.to_string();
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let beginning: String = message.chars().take(LONGEST_MESSAGE).collect();
    self::entry(level, &format!("{beginning} (shortened)"), module, json!({}))
}

fn write_line(line: &str) {
    // When stderr is gone there is nobody left to tell.
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// UTC, with exactly six decimals.
fn timestamp(time: SystemTime) -> String {
    let mut time = prost_types::Timestamp::from(time);
    // With a last digit that is not zero, all nine are printed; three too many.
    time.nanos = time.nanos / 1000 * 1000 + 1;
    let text = time.to_string();
    text.strip_suffix("001Z")
        .map_or(text.clone(), |micros| format!("{micros}Z"))
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.put(field, format!("{value:?}").into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = value.to_owned();
        } else {
            self.put(field, value.into());
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tracing::Level;

    fn level_with(variables: &[(&str, &str)]) -> LevelFilter {
        level("ocean-base", |name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn logging_is_off_unless_asked_for() {
        assert_eq!(level_with(&[]), LevelFilter::OFF);
        assert_eq!(level_with(&[("TF_LOG", "")]), LevelFilter::OFF);
    }

    #[test]
    fn the_more_specific_variable_wins() {
        let all = [
            ("TF_LOG", "trace"),
            ("TF_LOG_PROVIDER", "info"),
            ("TF_LOG_PROVIDER_OCEAN_BASE", "error"),
        ];
        assert_eq!(level_with(&all), LevelFilter::ERROR);
        assert_eq!(level_with(&all[..2]), LevelFilter::INFO);
        assert_eq!(level_with(&all[..1]), LevelFilter::TRACE);
        assert_eq!(
            level_with(&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "off")]),
            LevelFilter::OFF
        );
    }

    #[test]
    fn other_crates_are_left_out() {
        let hclog = Hclog::new("ocean-base", LevelFilter::DEBUG);
        tracing::subscriber::with_default(hclog, || {
            assert!(tracing::enabled!(target: "terraform_provider_ocean_base::cluster", Level::DEBUG));
            assert!(!tracing::enabled!(target: "terraform_provider_ocean_base::cluster", Level::TRACE));
            assert!(!tracing::enabled!(target: "hyper::proto", Level::ERROR));
        });
    }

    #[test]
    fn json_means_everything() {
        assert_eq!(level_with(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
    }

    #[test]
    fn a_time_has_six_decimals_always() {
        let at = |nanos| timestamp(SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, nanos));
        assert_eq!(at(0), "2023-11-14T22:13:20.000000Z");
        assert_eq!(at(5_000_000), "2023-11-14T22:13:20.005000Z");
        assert_eq!(at(123_456_789), "2023-11-14T22:13:20.123456Z");
    }

    #[test]
    fn a_field_cannot_take_the_place_of_level_or_message() {
        let line = entry(
            "info",
            "text",
            "provider",
            json!({ "@level": 7, "@message": {}, "rows": 3 }),
        );
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["@level"], &line["@message"], &line["rows"]),
            (&json!("info"), &json!("text"), &json!(3))
        );
    }

    #[test]
    fn a_line_stays_short_enough_to_be_read_as_json() {
        for (message, field) in [
            ("m".repeat(100_000), String::new()),
            ("m".to_owned(), "f".repeat(100_000)),
        ] {
            let line = entry("info", &message, "provider", json!({ "field": field }));
            assert!(line.len() <= LONGEST_LINE);
            assert!(serde_json::from_str::<Value>(&line).is_ok());
        }
    }
}
