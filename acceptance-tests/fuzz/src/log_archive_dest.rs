//! The value of `LOG_ARCHIVE_DEST`, given to the simulator; and what its view shows of it, given to the provider.

use oceanbase_simulator::answer::Cell;
use oceanbase_simulator::cluster::{Clock, Cluster, Options, Profile, Viewer, redact};
use std::path::PathBuf;
use terraform_provider_oceanbase::cluster::{RawUri, Statement};
use terraform_provider_oceanbase::values::destination::Destination;

const TENANT: u64 = 1002;

/// What the simulator takes, the provider understands; and what the provider writes of it, the simulator takes for the same.
pub fn log_archive_dest(input: &[u8]) {
    let Ok(value) = str::from_utf8(input) else { return };
    for profile in Profile::ALL {
        let Some(shown) = set(profile, value) else { continue };
        let Ok(destination) = Destination::parse(&RawUri::new(&*shown)) else {
            continue;
        };
        // An encrypted key cannot be written.
        if shown.contains("encrypt_key=") {
            continue;
        }
        let again = set(profile, &format!("LOCATION={}", destination.reveal()));
        let again = again.map(|shown| Destination::parse(&RawUri::new(shown)).map(|again| again.reveal()));
        assert_eq!(again, Some(Ok(destination.reveal())), "{profile:?}: {shown}");
    }
}

/// Sets the value; gives what the view shows of it, if it was taken.
fn set(profile: Profile, value: &str) -> Option<String> {
    let options = Options {
        clock: Clock::stopped_at(1_700_000_000),
        // Nothing is written: there is no such directory, and none can be made.
        ..Options::new(profile, PathBuf::from("/dev/null/storage"))
    };
    let mut cluster = Cluster::new(options);
    let sql = Statement::new("ALTER SYSTEM SET LOG_ARCHIVE_DEST = ")
        .literal(value)
        .to_string();
    redact(&sql);
    let viewer = Viewer::root(TENANT);
    cluster.execute(&viewer, &sql)?.ok()?;
    let view = cluster.view(&viewer, "oceanbase", "DBA_OB_ARCHIVE_DEST")?;
    let column = |name: &str| view.columns.iter().position(|column| column.name == name);
    let (name, value) = (column("NAME")?, column("VALUE")?);
    let row = view
        .rows
        .iter()
        .find(|row| row[name] == Cell::Text("path".to_owned()))?;
    match &row[value] {
        Cell::Text(path) => Some(path.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulator_takes_what_is_meant_to_be_taken() {
        let uri = "oss://b/p?host=h&access_id=i&access_key=k";
        for profile in Profile::ALL {
            assert!(
                set(profile, &format!("BINDING=Optional LOCATION={uri}")).is_some(),
                "{profile:?}"
            );
        }
    }
}
