//! A page that is no document: a title, a sentence, facts and a form, all of it text that is escaped here.
//!
//! For what the server has to say to somebody's browser. The site knows nothing of what is said.

use maud::{Markup, html};

use super::front::{Html, View};
use super::layout::{self, Frame};

/// What a page says.
#[derive(Debug, Clone, Default)]
pub struct Plain<'a> {
    /// Its title and heading.
    pub title: &'a str,
    /// One or two sentences.
    pub lead: &'a str,
    /// What went wrong.
    pub alert: Option<&'a str>,
    /// What is so, by name.
    pub facts: &'a [(&'a str, String)],
    /// What can be done.
    pub form: Option<Form<'a>>,
}

/// A form that is sent by POST.
#[derive(Debug, Clone)]
pub struct Form<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// What it says without being asked, by name.
    pub hidden: &'a [(&'a str, &'a str)],
    /// A secret that is typed or pasted: its name and its label.
    pub secret: Option<(&'a str, &'a str)>,
    /// What stands on the button.
    pub button: &'a str,
}

/// Draws the page.
pub(super) fn draw(view: &View<'_>, plain: &Plain<'_>) -> Html {
    let main = html! {
        div.plain {
            h1 { (plain.title) }
            p.lead { (plain.lead) }
            @if let Some(alert) = plain.alert { p.alert role="alert" { (alert) } }
            @if !plain.facts.is_empty() {
                dl.facts { @for (name, fact) in plain.facts { dt { (name) } dd { (fact) } } }
            }
            @if let Some(form) = &plain.form { (draw_form(form)) }
        }
    };
    layout::draw(view, &Frame { title: plain.title, main, hidden: true, ..Frame::default() })
}

fn draw_form(form: &Form<'_>) -> Markup {
    html! {
        form.ask action=(form.action) method="post" {
            @for (name, value) in form.hidden { input type="hidden" name=(name) value=(value); }
            @if let Some((name, label)) = form.secret {
                label for="c:secret" { (label) }
                input id="c:secret" type="password" name=(name) required maxlength="256" autocomplete="off" spellcheck="false";
            }
            button type="submit" { (form.button) }
        }
    }
}
