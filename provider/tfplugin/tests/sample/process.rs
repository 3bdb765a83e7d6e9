//! The contract between Terraform and the process.

use crate::connection::{COOKIE, Certificate, Connection, Process, first_line, origin, sample};
use crate::protocol::{begin_to_wait, until_waiting};
use serde_json::Value as Json;
use std::process::{Child, Command};
use std::time::Duration;
use tfplugin::proto::health::HealthCheckRequest;
use tfplugin::proto::health::health_check_response::ServingStatus;
use tfplugin::proto::health::health_client::HealthClient;
use tfplugin::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use tfplugin::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use tfplugin::proto::tfplugin6::{get_metadata, stop_provider};
use tokio::net::UnixStream;

#[test]
fn started_by_hand_it_says_what_it_is() {
    let output = sample().env_remove(COOKIE.0).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "This is a Terraform provider: Terraform starts it.\n"
    );
}

#[cfg(unix)]
#[test]
fn started_by_hand_it_says_so_whatever_the_arguments() {
    use std::os::unix::ffi::OsStrExt;
    let not_utf8 = std::ffi::OsStr::from_bytes(&[0xff]);
    let output = sample().env_remove(COOKIE.0).arg(not_utf8).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("This is a Terraform provider")
    );
}

#[cfg(unix)]
#[test]
fn started_by_hand_with_nobody_to_tell_it_fails_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = sample().env_remove(COOKIE.0).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_damaged_client_certificate_is_an_error() {
    let output = sample()
        .env(COOKIE.0, COOKIE.1)
        .env("PLUGIN_CLIENT_CERT", "damaged")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("PLUGIN_CLIENT_CERT"));
}

#[tokio::test]
async fn it_ends_after_a_shutdown_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start_with(|command| {
        command.env("PLUGIN_UNIX_SOCKET_DIR", directory.path());
    });
    assert!(process.socket.starts_with(directory.path()));
    process.connect().await.shutdown().await;
    let (status, stderr) = process.end().await;
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn it_ends_after_a_shutdown_whatever_still_runs() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start();
    let mut connection = process.connect().await;
    let _running = begin_to_wait(&mut connection.provider(), directory.path()).await;
    until_waiting(directory.path()).await;
    connection.shutdown().await;
    let end = tokio::time::timeout(Duration::from_secs(30), process.end());
    assert!(end.await.expect("it ends").0.success());
}

#[tokio::test]
async fn it_ends_when_the_client_is_gone() {
    let process = Process::start();
    process.connect().await.hang_up();
    assert!(process.end().await.0.success());
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let process = Process::start();
    assert!(process.try_to_connect(Some(&Certificate::new())).await.is_err());
    assert!(process.try_to_connect(None).await.is_err());
    let mut connection = process.connect().await;
    assert!(
        connection
            .provider()
            .get_metadata(get_metadata::Request {})
            .await
            .is_ok()
    );
}

/// The certificate is no secret: every process of this user can read it.
#[tokio::test]
async fn the_certificate_without_its_key_opens_nothing() {
    let process = Process::start();
    let stolen = process.certificate().with_key_of(&Certificate::new());
    assert!(process.try_to_connect(Some(&stolen)).await.is_err());
    assert!(process.try_to_connect(Some(process.certificate())).await.is_ok());
}

#[tokio::test]
async fn a_client_that_says_nothing_is_in_nobodys_way() {
    let process = Process::start();
    let _silent = UnixStream::connect(&process.socket).await.unwrap();
    let mut connection = process.connect().await;
    assert!(
        connection
            .provider()
            .get_metadata(get_metadata::Request {})
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn without_a_client_certificate_there_is_no_tls() {
    let process = Process::start_with(|command| {
        command.env_remove("PLUGIN_CLIENT_CERT");
    });
    let mut connection = Connection::new(UnixStream::connect(&process.socket).await.unwrap())
        .await
        .unwrap();
    connection.shutdown().await;
    assert!(process.end().await.0.success());
}

#[tokio::test]
async fn an_interrupt_is_left_to_terraform() {
    let process = Process::start();
    let mut connection = process.connect().await;
    interrupt(process.id());
    assert!(
        connection
            .provider()
            .get_metadata(get_metadata::Request {})
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn the_stream_of_output_is_silent_until_the_end() {
    let process = Process::start();
    let mut connection = process.connect().await;
    let mut output = GrpcStdioClient::with_origin(connection.channel(), origin());
    let mut output = output.stream_stdio(()).await.unwrap().into_inner();
    connection.shutdown().await;
    assert_eq!(output.message().await.unwrap(), None);
}

#[tokio::test]
async fn the_stream_of_further_connections_stays_open_until_the_end() {
    let process = Process::start();
    let mut connection = process.connect().await;
    let mut broker = GrpcBrokerClient::with_origin(connection.channel(), origin());
    let mut offers = broker
        .start_stream(futures_util::stream::pending())
        .await
        .unwrap()
        .into_inner();
    assert!(
        connection
            .provider()
            .get_metadata(get_metadata::Request {})
            .await
            .is_ok()
    );
    connection.shutdown().await;
    assert_eq!(offers.message().await.unwrap(), None);
}

/// Clients of gRPC for Go hang up otherwise, from version 1.67 on: that is, Terraform from 1.12 on.
#[tokio::test]
async fn it_names_the_protocol_in_the_handshake() {
    assert_eq!(Process::start().negotiated().await, Some(b"h2".to_vec()));
}

#[tokio::test]
async fn it_is_healthy() {
    let process = Process::start();
    let mut health = HealthClient::with_origin(process.connect().await.channel(), origin());
    let request = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    assert_eq!(
        health.check(request).await.unwrap().into_inner().status(),
        ServingStatus::Serving
    );
}

#[tokio::test]
async fn unknown_services_are_not_implemented() {
    let process = Process::start();
    let request = http::Request::post("http://localhost/unknown.Service/Call").body(tonic::body::Body::empty());
    let mut channel = process.connect().await.channel();
    let response = tower::Service::call(&mut channel, request.unwrap()).await.unwrap();
    assert_eq!(response.headers()["grpc-status"], "12");
}

#[tokio::test]
async fn the_log_is_in_terraforms_form_and_off_by_default() {
    for (level, expected) in [("", false), ("TRACE", true), ("ERROR", false)] {
        let process = Process::start_with(|command| {
            command.env("TF_LOG_PROVIDER", level);
        });
        let mut connection = process.connect().await;
        connection
            .provider()
            .get_metadata(get_metadata::Request {})
            .await
            .unwrap();
        connection.shutdown().await;
        let (_, stderr) = process.end().await;
        assert_eq!(!stderr.is_empty(), expected, "{stderr}");
        for line in stderr.lines() {
            let line: Json = serde_json::from_str(line).unwrap();
            assert!(line["@level"].is_string() && line["@message"].is_string(), "{line}");
            assert_eq!(line["@module"], "provider.sample");
        }
    }
}

/// A provider that runs for debugging.
pub(crate) struct Debugged(Child, Json);

impl Debugged {
    pub(crate) fn start() -> Self {
        let mut child = sample().arg("--debug").spawn().unwrap();
        let line = first_line(&mut child);
        let reattach = line
            .trim_end()
            .strip_prefix("TF_REATTACH_PROVIDERS='")
            .unwrap()
            .strip_suffix('\'')
            .unwrap();
        let mut reattach: Json = serde_json::from_str(reattach).unwrap();
        Self(child, reattach["registry.terraform.io/example/sample"].take())
    }

    /// What Terraform reads in `TF_REATTACH_PROVIDERS`.
    pub(crate) fn reattach(&self) -> String {
        serde_json::json!({ "registry.terraform.io/example/sample": self.1 }).to_string()
    }

    async fn connect(&self) -> ProviderClient<crate::connection::Channel> {
        let socket = UnixStream::connect(self.1["Addr"]["String"].as_str().unwrap())
            .await
            .unwrap();
        Connection::new(socket).await.unwrap().provider()
    }
}

impl Drop for Debugged {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            interrupt(self.0.id());
        }
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn for_debugging_it_serves_one_command_after_the_other_until_interrupted() {
    let mut debugged = Debugged::start();
    assert_eq!(debugged.1["Protocol"], "grpc");
    assert_eq!(debugged.1["ProtocolVersion"], 6);
    assert_eq!(debugged.1["Pid"], debugged.0.id());
    assert_eq!(debugged.1["Test"], true);
    for _ in 0..2 {
        assert!(
            debugged
                .connect()
                .await
                .get_metadata(get_metadata::Request {})
                .await
                .is_ok()
        );
    }
    interrupt(debugged.0.id());
    assert!(debugged.0.wait().unwrap().success());
    let socket = std::path::Path::new(debugged.1["Addr"]["String"].as_str().unwrap());
    assert!(!socket.parent().unwrap().exists());
}

#[tokio::test]
async fn for_debugging_a_stop_is_for_one_command() {
    let debugged = Debugged::start();
    let directory = tempfile::tempdir().unwrap();
    let stop = async |client: &mut ProviderClient<_>| client.stop_provider(stop_provider::Request {}).await.unwrap();
    stop(&mut debugged.connect().await).await;
    let mut client = debugged.connect().await;
    let running = begin_to_wait(&mut client, directory.path()).await;
    until_waiting(directory.path()).await;
    stop(&mut debugged.connect().await).await;
    assert!(!running.is_finished());
    stop(&mut client).await;
    assert_eq!(running.await.unwrap(), "Interrupted");
}

fn interrupt(process: u32) {
    assert!(
        Command::new("kill")
            .arg("-INT")
            .arg(process.to_string())
            .status()
            .unwrap()
            .success()
    );
}
