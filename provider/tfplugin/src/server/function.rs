//! Functions.

use super::{Server, unknown_name, wire};
use crate::function::Parameter;
use crate::proto::tfplugin6::{self, DynamicValue, call_function};
use crate::{Diagnostic, Diagnostics, Function, FunctionError, Provider, Value};

impl<P: Provider> Server<P> {
    pub(super) async fn call_function(
        &self,
        request: call_function::Request,
    ) -> Result<call_function::Response, Diagnostics> {
        let functions = self.provider.functions();
        let function = functions
            .iter()
            .find(|function| function.name() == request.name)
            .ok_or_else(|| unknown_name("function", &request.name))?;
        match arguments(function.as_ref(), &request.arguments).and_then(|arguments| function.call(arguments)) {
            Ok(result) => Ok(call_function::Response {
                result: Some(wire::encode(&result, &function.signature().returns, "result")?),
                error: None,
            }),
            Err(error) => Ok(call_function::Response {
                result: None,
                error: Some(encode_error(error)),
            }),
        }
    }
}

fn encode_error(error: FunctionError) -> tfplugin6::FunctionError {
    let position = |argument| i64::try_from(argument).unwrap_or(i64::MAX);
    tfplugin6::FunctionError {
        // Terraform puts a period behind it.
        text: error.text.trim_end_matches('.').to_owned(),
        function_argument: error.argument.map(position),
    }
}

/// The arguments as the function's signature wants them.
fn arguments(function: &dyn Function, given: &[DynamicValue]) -> Result<Vec<Value>, FunctionError> {
    let signature = function.signature();
    let wanted = signature.parameters.len();
    if given.len() < wanted || (given.len() > wanted && signature.variadic.is_none()) {
        let text = format!("{} takes {wanted} arguments, not {}.", function.name(), given.len());
        return Err(FunctionError { argument: None, text });
    }
    let parameters = signature
        .parameters
        .iter()
        .chain(std::iter::repeat_with(|| signature.variadic.as_ref()).flatten());
    let numbered = given.iter().zip(parameters).enumerate();
    numbered
        .map(|(position, (given, parameter))| {
            argument(given, parameter).map_err(|text| FunctionError {
                argument: Some(position),
                text,
            })
        })
        .collect()
}

fn argument(given: &DynamicValue, parameter: &Parameter) -> Result<Value, String> {
    let name = &parameter.name;
    let value = wire::decode(Some(given), &parameter.kind, name).map_err(joined)?;
    if value.is_null() && !parameter.allow_null {
        return Err(format!("{name} must not be null."));
    }
    if !value.is_wholly_known() {
        return Err(format!("{name} must be known."));
    }
    Ok(value)
}

fn joined(diagnostics: Diagnostics) -> String {
    diagnostics
        .into_iter()
        .map(|Diagnostic { detail, .. }| detail)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_left_to_terraform() {
        let error = FunctionError {
            argument: Some(1),
            text: "No. Really not.".to_owned(),
        };
        let encoded = encode_error(error);
        assert_eq!(
            (encoded.text.as_str(), encoded.function_argument),
            ("No. Really not", Some(1))
        );
    }
}
