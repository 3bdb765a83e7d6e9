//! Serves the provider to the Terraform that started this process.

use std::process::ExitCode;

fn main() -> ExitCode {
    tfplugin::serve(terraform_provider_oceanbase::OceanBase::default())
}
