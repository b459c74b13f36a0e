//! The methods of Service Usage, and the permissions that each requires.

use super::{
    change,
    consumer::{consumer, on_service},
    operations, services,
};
use crate::{
    iam::RequiredPermission,
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    "serviceusage" "serviceusage.services.list" GET "/v1/projects/{project}/services"
        |_, call| Ok(vec![RequiredPermission::new("serviceusage.services.list", consumer(call))]), services::list;
    "serviceusage" "serviceusage.services.get" GET "/v1/projects/{project}/services/{service}"
        |_, call| Ok(vec![on_service(call, "serviceusage.services.get", call.path("service"))]), services::get;
    "serviceusage" "serviceusage.services.batchGet" GET "/v1/projects/{project}/services:batchGet"
        services::batch_permissions, services::batch_get;
    "serviceusage" "serviceusage.services.batchEnable" POST "/v1/projects/{project}/services:batchEnable"
        change::batch_permissions, change::batch_enable;
    "serviceusage" "serviceusage.services.enable" POST "/v1/projects/{project}/services/{service}:enable"
        |_, call| Ok(vec![on_service(call, "serviceusage.services.enable", call.path("service"))]), change::enable;
    "serviceusage" "serviceusage.services.disable" POST "/v1/projects/{project}/services/{service}:disable"
        |_, call| Ok(vec![on_service(call, "serviceusage.services.disable", call.path("service"))]), change::disable;
    "serviceusage" "serviceusage.operations.get" GET "/v1/operations/{operation}"
        operations::required_permissions, operations::get;
};
