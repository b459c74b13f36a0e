//! The permissions that a request requires, by its method's declaration.

use crate::{On, Request, RequiredPermission, template};

impl Request {
    /// The permissions that it requires, each with the resource that IAM checks
    /// it on.
    #[must_use]
    pub fn required(&self) -> Vec<RequiredPermission> {
        let method = self.method();
        let needs = method.needs.iter();
        let mut required: Vec<_> = needs
            .map(|(permission, on)| self.permission(permission, *on))
            .collect();
        required.extend((method.requires)(self));
        required
    }

    fn permission(&self, permission: &'static str, on: On) -> RequiredPermission {
        let api = self.method().id.split('.').next().unwrap_or_default();
        let template = template::relative(self.method().path);
        match on {
            On::Resource => {
                let path = self.fill(template::head(template));
                RequiredPermission::at(permission, api, &path)
            }
            On::Project => {
                let path = self.fill(template);
                let project = self.query_value("project");
                let project = project.or_else(|| path.split('/').nth(1));
                RequiredPermission::on_project(permission, project.unwrap_or_default())
            }
            On::Parent => {
                let parent = self.query_value("parent");
                let parent = parent.or_else(|| self.body_json()["parent"].as_str());
                RequiredPermission::at(permission, api, parent.unwrap_or_default())
            }
            On::New => {
                let name = self.body_json()["name"].as_str().unwrap_or_default();
                let path = format!("{}/{name}", self.fill(template));
                RequiredPermission::at(permission, api, &path)
            }
        }
    }

    /// The template with its parameters filled in, not encoded.
    fn fill(&self, template: &'static str) -> String {
        let mut parts = template.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, literal) = part.split_once('}').unwrap_or((part, ""));
            filled.push_str(self.path_value(name.trim_start_matches('+')));
            filled.push_str(literal);
        }
        filled
    }
}
