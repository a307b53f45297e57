@echo off
rem The same for Windows, where a file without an ending is not run from the PATH.
node "%~dp0pulumi-resource-snapstate" %*
