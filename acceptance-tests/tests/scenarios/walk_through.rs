//! The walk-through of the manual for BACKUP: data and log together, in the primary tenant.

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::json;

/// Its number is 1004, as that of the tenant in the manual.
const TENANT: &str = "mysql_tenant_2";

/// Looks until there is this to see; each look brings the next change about.
#[track_caller]
fn until(cluster: &Cluster, query: &str, expected: &[&[&str]]) {
    let looks = (0..10).map(|_| cluster.sql(TENANT, query).unwrap());
    let looks: Vec<_> = looks.take_while(|rows| rows != expected).collect();
    assert!(looks.len() < 10, "{query}: {looks:?}");
}

/// The one row of a view, column by column, with a time as `…`.
fn row(cluster: &Cluster, view: &str) -> String {
    let columns = cluster.sql(TENANT, &format!("SHOW COLUMNS FROM {view}")).unwrap();
    let rows = cluster.sql(TENANT, &format!("SELECT * FROM {view}")).unwrap();
    let [row] = &rows[..] else { panic!("{view}: {rows:?}") };
    let cells = columns.iter().map(|column| &column[0]).zip(row);
    let lines = cells.map(|(name, cell)| {
        let shown = if name.ends_with("_TIMESTAMP") { "…" } else { cell };
        format!("{}\n", format!("{name}: {shown}").trim_end())
    });
    lines.collect()
}

/// What the manual prints at the end.
fn history(description: &str) -> String {
    format!(
        "\
JOB_ID: 1
INCARNATION: 1
BACKUP_SET_ID: 1
INITIATOR_TENANT_ID: 1004
INITIATOR_JOB_ID: 0
EXECUTOR_TENANT_ID: 1004
PLUS_ARCHIVELOG: ON
BACKUP_TYPE: FULL
JOB_LEVEL: USER_TENANT
ENCRYPTION_MODE: NONE
PASSWD:
START_TIMESTAMP: …
END_TIMESTAMP: …
STATUS: COMPLETED
RESULT: 0
COMMENT:
{}
PATH: file:///data/1/example_backup
",
        format!("DESCRIPTION: {description}").trim_end()
    )
}

#[test]
fn typed_by_hand_it_is_in_the_history_and_terraform_tells_of_it() {
    let cluster = Cluster::start(Profile::Ce4210);
    let typed = |statement: &str| assert!(cluster.sql(TENANT, statement).unwrap().is_empty(), "{statement}");
    typed("ALTER SYSTEM SET LOG_ARCHIVE_DEST = \"LOCATION=file:///data/1/example_archive\"");
    typed("ALTER SYSTEM ARCHIVELOG");
    typed("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/1/example_backup'");
    let archive = "SELECT STATUS FROM oceanbase.DBA_OB_ARCHIVELOG";
    until(&cluster, archive, &[&["DOING"]]);
    typed("ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG");
    until(&cluster, "SELECT * FROM oceanbase.DBA_OB_BACKUP_JOBS", &[]);
    assert_eq!(row(&cluster, "oceanbase.DBA_OB_BACKUP_JOB_HISTORY"), history(""));

    let terraform = Terraform::new();
    let provider = json!({ "endpoints": [cluster.endpoint()], "tenant": TENANT });
    let told = "${[for job in data.oceanbase_backup_jobs.it.jobs : \
                [job.job_id, job.backup_set_id, job.type, job.plus_archivelog, job.status, job.path]]}";
    terraform.configure(
        &provider,
        &json!({ "data": { "oceanbase_backup_jobs": { "it": {} } }, "output": { "jobs": { "value": told } } }),
    );
    terraform.apply();
    assert_eq!(
        terraform.output("jobs"),
        json!([[1, 1, "full", true, "COMPLETED", "file:///data/1/example_backup"]])
    );

    typed("ALTER SYSTEM NOARCHIVELOG");
    until(&cluster, archive, &[&["STOP"]]);
}

#[test]
fn as_terraform_it_ends_with_the_same_row() {
    let cluster = Cluster::start(Profile::Ce4210);
    let nfs = |path: &str| json!({ "type": "nfs", "path": path });
    let resources = json!({ "resource": {
        "oceanbase_archivelog": { "it": { "tenant": TENANT, "storage": nfs("/data/1/example_archive") } },
        "oceanbase_backup_destination": { "it": { "tenant": TENANT, "storage": nfs("/data/1/example_backup") } },
        "oceanbase_backup_run": { "it": {
            "tenant": TENANT, "run_key": "first", "plus_archivelog": true,
            "depends_on": ["oceanbase_archivelog.it", "oceanbase_backup_destination.it"],
        } },
    } });
    let terraform = Terraform::new();
    let provider = json!({ "endpoints": [cluster.endpoint()], "tenant": TENANT });
    terraform.configure(&provider, &resources);
    terraform.apply();
    let described = cluster.sql(TENANT, "SELECT DESCRIPTION FROM oceanbase.DBA_OB_BACKUP_JOB_HISTORY");
    let description = &described.unwrap()[0][0];
    assert!(description.starts_with("tf-"), "{description}");
    assert_eq!(
        row(&cluster, "oceanbase.DBA_OB_BACKUP_JOB_HISTORY"),
        history(description)
    );
    terraform.assert_settled();
}
