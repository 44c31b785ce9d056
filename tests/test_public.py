import importlib
import importlib.resources
import inspect
import subprocess
import sys
from itertools import takewhile

import pytest

import convdocs

MODULES = ["correlation", "cost", "dense", "images", "kernels", "layers", "learning", "windows"]
VALUES = ["Cost", "LearntKernel", "ReceptiveField"]
TYPES = ["Array", "Size"]
CALLABLES = sorted({*convdocs.__all__} - {*VALUES, *TYPES})


def in_a_fresh_interpreter(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


def test_importing_the_package_loads_neither_torch_nor_skimage():
    loaded = in_a_fresh_interpreter(
        "import sys, convdocs; convdocs.corr2d, convdocs.cat; dir(convdocs)\n"
        "print(*{m.partition('.')[0] for m in sys.modules})"
    )
    assert "numpy" in loaded
    assert not {"torch", "skimage", "scipy", "matplotlib"} & {*loaded}


def test_torch_is_loaded_when_a_layer_is_asked_for():
    said = in_a_fresh_interpreter(
        "import sys\nfrom convdocs import Conv2D\nprint(Conv2D.__name__, 'torch' in sys.modules)"
    )
    assert said == ["Conv2D", "True"]


def test_the_package_exports_what_its_modules_export_and_the_types():
    exported = [name for m in MODULES for name in importlib.import_module(f"convdocs.{m}").__all__]
    assert sorted(convdocs.__all__) == sorted([*exported, *TYPES])
    assert len({*convdocs.__all__}) == len(convdocs.__all__)


@pytest.mark.parametrize("module", MODULES)
def test_a_modules_public_names_are_the_packages(module):
    module = importlib.import_module(f"convdocs.{module}")
    assert [*module.__all__] == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(convdocs, name) is getattr(module, name)
    defined = {
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__
        and (inspect.isfunction(value) or inspect.isclass(value))
        and not name.startswith("_")
    }
    assert defined == {*module.__all__}


def test_a_star_import_gives_every_name():
    names = {}
    exec("from convdocs import *", names)
    assert {*names} >= {*convdocs.__all__}


@pytest.mark.parametrize("name", convdocs.__all__)
def test_every_public_name_is_documented(name):
    first, *_ = inspect.getdoc(getattr(convdocs, name)).splitlines()
    assert first.endswith(".")


@pytest.mark.parametrize("name", [*VALUES, *CALLABLES])
def test_every_public_name_has_an_example(name):
    doc = inspect.getdoc(getattr(convdocs, name))
    assert "\n    >>> " in doc.partition("\nExamples:")[2]


@pytest.mark.parametrize("name", CALLABLES)
def test_the_definition_is_an_example_of_at_most_four_lines(name):
    example = inspect.getdoc(getattr(convdocs, name)).partition("\nExamples:")[2]
    _, said, rest = example.partition("    The definition")
    assert said
    lines = [line.strip() for line in rest.partition("\n\n")[2].splitlines()]
    code = list(takewhile(bool, lines))
    code = [line for line in code if line.startswith((">>>", "..."))]
    assert 1 <= len([line for line in code if not line.startswith(">>> import")]) <= 4, code


@pytest.mark.parametrize("name", VALUES)
def test_every_field_of_a_value_is_documented(name):
    value = getattr(convdocs, name)
    for field in inspect.signature(value).parameters:
        assert f"\n    {field}: " in inspect.getdoc(value).partition("\nAttributes:")[2]


@pytest.mark.parametrize("name", CALLABLES)
def test_everything_to_call_has_a_source_documents_its_arguments_and_is_called(name):
    value = getattr(convdocs, name)
    doc = inspect.getdoc(value)
    assert "\nSource: " in doc
    for argument in inspect.signature(value).parameters:
        assert f"\n    {argument}: " in doc.partition("\nArgs:")[2]
    assert f"{name}(" in doc.partition("\nExamples:")[2]


def test_dir_lists_every_name_and_those_that_need_torch():
    listed = dir(convdocs)
    assert listed == sorted(listed)
    assert {*listed} >= {*convdocs.__all__, "__doc__", "__name__", "__version__"}
    assert not [name for name in listed if name not in convdocs.__all__ and name[:2] != "__"]


@pytest.mark.parametrize("name", ["conv4d", "Conv2d", "_private", "torch"])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"^module 'convdocs' has no attribute '{name}'$"):
        getattr(convdocs, name)
    assert not hasattr(convdocs, name)


def test_an_unknown_name_cannot_be_imported():
    with pytest.raises(ImportError, match="cannot import name 'conv4d' from 'convdocs'"):
        exec("from convdocs import conv4d")


def test_the_package_says_that_it_is_typed():
    assert (importlib.resources.files("convdocs") / "py.typed").is_file()
