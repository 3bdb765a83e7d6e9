//! Plan and apply.

use super::super::{Managed, Server, encode};
use crate::check::Unknowns;
use crate::proto::tfplugin6::{ResourceIdentityData, apply_resource_change, plan_resource_change};
use crate::resource::{Applied, PlanRequest};
use crate::{Call, Change, Diagnostics, Provider, Value, check, plan};

impl<P: Provider> Server<P> {
    pub(in super::super) async fn plan_resource_change(
        &self,
        request: plan_resource_change::Request,
    ) -> Result<plan_resource_change::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let prior = managed.decode(request.prior_state.as_ref(), "prior state")?;
        let config = managed.decode(request.config.as_ref(), "configuration")?;
        let session = self.session()?;
        let prior = Some(prior).filter(|prior| !prior.is_null());
        let mut response = if config.is_null() {
            managed.plan_destroy(session.call(), prior).await?
        } else {
            managed.plan_change(session.call(), prior, config).await?
        };
        response.planned_private = request.prior_private;
        Ok(response)
    }

    pub(in super::super) async fn apply_resource_change(
        &self,
        request: apply_resource_change::Request,
    ) -> Result<apply_resource_change::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let prior = managed.decode(request.prior_state.as_ref(), "prior state")?;
        let planned = managed.decode(request.planned_state.as_ref(), "planned state")?;
        let config = managed.decode(request.config.as_ref(), "configuration")?;
        let session = self.session()?;
        let mut response = managed.apply(session.call(), prior, planned, &config).await?;
        response.private = request.planned_private;
        if response.new_identity.is_none() {
            response.new_identity = request.planned_identity;
        }
        Ok(response)
    }
}

impl<C> Managed<'_, C> {
    async fn plan_destroy(
        &self,
        call: Call<'_, C>,
        prior: Option<Value>,
    ) -> Result<plan_resource_change::Response, Diagnostics> {
        let diagnostics = match prior {
            Some(prior) => self.resource.plan_destroy(call, prior).await,
            None => Diagnostics::none(),
        };
        Ok(plan_resource_change::Response {
            planned_state: Some(self.encode(&Value::Null, "planned state")?),
            diagnostics: encode::diagnostics(diagnostics),
            ..Default::default()
        })
    }

    async fn plan_change(
        &self,
        call: Call<'_, C>,
        prior: Option<Value>,
        config: Value,
    ) -> Result<plan_resource_change::Response, Diagnostics> {
        let planned = plan::planned(self.schema(), prior.as_ref(), &config);
        let request = PlanRequest { prior, config, planned };
        let (planned, mut diagnostics) = self.resource.plan(call, &request).await;
        let PlanRequest { prior, config, .. } = request;
        if !diagnostics.has_errors() {
            diagnostics.extend(check::plan(self.schema(), prior.as_ref(), &config, &planned));
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let replaced = prior
            .as_ref()
            .map(|prior| plan::requires_replace(self.schema(), prior, &planned))
            .unwrap_or_default();
        let is_new = prior.is_none() || !replaced.is_empty();
        Ok(plan_resource_change::Response {
            planned_state: Some(self.encode(&planned, "planned state")?),
            requires_replace: replaced.iter().map(encode::path).collect(),
            planned_identity: self.planned_identity(&planned, is_new)?,
            diagnostics: encode::diagnostics(diagnostics),
            ..Default::default()
        })
    }

    /// The identity that the object will have. Terraform takes an unknown one of new objects only, so that of an object that is
    /// there nothing is said as long as it is unknown.
    fn planned_identity(&self, planned: &Value, is_new: bool) -> Result<Option<ResourceIdentityData>, Diagnostics> {
        let identity = self.resource.identity(planned);
        let is_told = is_new || identity.is_wholly_known();
        is_told
            .then(|| self.checked_identity(planned, Unknowns::Allowed))
            .transpose()
    }

    async fn apply(
        &self,
        call: Call<'_, C>,
        prior: Value,
        planned: Value,
        config: &Value,
    ) -> Result<apply_resource_change::Response, Diagnostics> {
        let desired = || plan::desired(self.schema(), planned.clone(), config);
        let change = match (prior.is_null(), planned.is_null()) {
            (true, true) => {
                return self.applied(
                    &planned,
                    Applied {
                        state: None,
                        diagnostics: Diagnostics::none(),
                    },
                );
            }
            (true, false) => Change::Create { planned: desired() },
            (false, false) => Change::Update {
                prior,
                planned: desired(),
            },
            (false, true) => Change::Delete { prior },
        };
        let applied = self.resource.apply(call, change).await;
        self.applied(&planned, applied)
    }

    /// What the apply reached, as Terraform wants it.
    fn applied(&self, planned: &Value, applied: Applied) -> Result<apply_resource_change::Response, Diagnostics> {
        let Applied { state, mut diagnostics } = applied;
        let state = plan::without_write_only(self.schema(), state.unwrap_or(Value::Null));
        let violations = match (diagnostics.has_errors(), state.is_null()) {
            (false, _) => check::applied(self.schema(), planned, &state),
            (true, false) => check::state(self.schema(), &state),
            (true, true) => Diagnostics::none(),
        };
        let invalid = violations.has_errors();
        diagnostics.extend(violations);
        if invalid {
            // Nothing of it is stored: Terraform keeps the prior state, and taints nothing that was just created.
            return Err(diagnostics);
        }
        let new_identity = if state.is_null() {
            None
        } else {
            Some(self.identity(&state)?)
        };
        Ok(apply_resource_change::Response {
            new_state: Some(self.encode(&state, "new state")?),
            new_identity,
            diagnostics: encode::diagnostics(diagnostics),
            ..Default::default()
        })
    }
}
