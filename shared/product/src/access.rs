//! Who may do what with a product, in a form that programs read. Pure.

use crate::{
    Level, PRODUCT_ADMIN, ProjectIds, Spec, TERRAFORM, deployer_account,
    manifest::{process_account, state_bucket},
    product_admin, terraform_account,
};
use names::{
    BillingAccountName, BucketName, EnvironmentName, Member, ParentName, ProductName, ProjectId,
    RoleName, ServiceAccountEmail,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A product as Terraform's data sources can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// As its folder is called.
    pub name: ProductName,
    /// What its folder is in.
    pub parent: ParentName,
    /// Who pays.
    pub billing_account: BillingAccountName,
    /// The project of the account that administers it.
    pub meta_project: ProjectId,
    /// What administers it, by impersonation only.
    pub product_admin: ServiceAccountEmail,
    /// What it has on the folder.
    pub product_admin_roles: Vec<&'static str>,
    /// The people, by level.
    pub people: BTreeMap<Level, BTreeSet<Member>>,
    /// What each environment has, and who may do what there.
    pub environments: BTreeMap<EnvironmentName, EnvironmentAccess>,
}

/// An environment of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentAccess {
    /// The ID, for ever.
    pub project: ProjectId,
    /// The account that Terraform acts as.
    pub terraform: ServiceAccountEmail,
    /// What that account has on the project.
    pub terraform_roles: BTreeSet<String>,
    /// The bucket of Terraform's state.
    pub state_bucket: BucketName,
    /// The account that makes new revisions.
    pub cloud_run_deployer: ServiceAccountEmail,
    /// What each process runs as.
    pub processes: BTreeMap<String, ServiceAccountEmail>,
    /// Who has a level in this environment, also through the product.
    pub people: BTreeMap<Level, BTreeSet<Member>>,
}

/// Who may do what with the product of `spec`.
#[must_use]
pub fn access(spec: &Spec, ids: &ProjectIds) -> Access {
    let people = |team: &dyn Fn(Level) -> BTreeSet<Member>| -> BTreeMap<_, _> {
        Level::ALL
            .into_iter()
            .map(|level| (level, team(level)))
            .collect()
    };
    let roles = match &spec.options.terraform_roles {
        Some(roles) => roles.iter().map(RoleName::to_string).collect(),
        None => TERRAFORM.map(str::to_owned).into(),
    };
    let environments = spec.environments.iter().map(|(name, environment)| {
        let project = ids.environments[name].clone();
        let process = |process: &String| (process.clone(), process_account(process, &project));
        let access = EnvironmentAccess {
            terraform: terraform_account(&project),
            terraform_roles: BTreeSet::clone(&roles),
            state_bucket: state_bucket(&project),
            cloud_run_deployer: deployer_account(&project),
            processes: spec.processes.keys().map(process).collect(),
            people: people(&|level| {
                spec.team
                    .at(level)
                    .union(environment.team.at(level))
                    .cloned()
                    .collect()
            }),
            project,
        };
        (name.clone(), access)
    });
    Access {
        name: spec.name.clone(),
        parent: spec.parent.clone(),
        billing_account: spec.billing_account.clone(),
        meta_project: ids.meta.clone(),
        product_admin: product_admin(ids),
        product_admin_roles: PRODUCT_ADMIN.into(),
        people: people(&|level| spec.team.at(level).clone()),
        environments: environments.collect(),
    }
}
