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
    /// Where one can go from here: address and name.
    pub links: &'a [(&'a str, &'a str)],
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
    /// What it asks for, in this order.
    pub fields: &'a [Field<'a>],
    /// What stands on the button.
    pub button: &'a str,
}

/// One thing that a form asks for.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// What it is called when it is sent.
    pub name: &'a str,
    /// What stands before it.
    pub label: &'a str,
    /// What is typed or chosen.
    pub kind: FieldKind<'a>,
    /// Whether it must not be empty.
    pub required: bool,
}

/// What is typed or chosen in a field.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind<'a> {
    /// A secret that is typed or pasted, and shown to nobody.
    Secret,
    /// A line, with what stands in it already.
    Line(&'a str),
    /// A text of several lines, with what stands in it already.
    Text(&'a str),
    /// One of these words; an empty one is none.
    Choice(&'a [&'a str]),
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
            @if !plain.links.is_empty() {
                ul { @for (address, name) in plain.links { li { a href=(address) { (name) } } } }
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
            @for field in form.fields { (draw_field(field)) }
            button type="submit" { (form.button) }
        }
    }
}

fn draw_field(field: &Field<'_>) -> Markup {
    let Field { name, label, kind, required } = *field;
    let id = format!("c:{name}");
    html! {
        label for=(id) { (label) }
        @match kind {
            FieldKind::Secret => {
                input id=(id) type="password" name=(name) required[required] maxlength="256" autocomplete="off" spellcheck="false";
            }
            FieldKind::Line(value) => { input id=(id) type="text" name=(name) value=(value) required[required] maxlength="1024"; }
            FieldKind::Text(value) => { textarea id=(id) name=(name) rows="4" required[required] maxlength="16384" { (value) } }
            FieldKind::Choice(words) => {
                select id=(id) name=(name) required[required] { @for word in words { option value=(word) { (word) } } }
            }
        }
    }
}
