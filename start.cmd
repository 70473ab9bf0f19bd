@echo off
rem Double-click: the same as "python scripts\run.py --new" at the command line, with the Python that
rem is there. What is written after start.cmd is handed on: start.cmd --port 8080
rem pushd and not cd: it can go to a folder on a share, too. The window stays when something fails.
setlocal
pushd "%~dp0"
chcp 65001 >nul
set "PYTHONUTF8=1"
set "FOUND="
if not exist scripts\run.py (
  echo start.cmd: error: the other files are not beside it
  echo start.cmd: hint: unpack the whole ZIP first ^(right-click it, "Extract All"^), then start from that folder
  echo start.cmd: 旁边没有其他文件。请先把 ZIP 全部解压（右键，“全部解压缩”），再到解压出来的文件夹里双击。
  pause
  popd
  exit /b 1
)
rem Not by "where": without Python, Windows has a python.exe that only opens its shop.
py -3 -c "" >nul 2>nul
if not errorlevel 1 set "FOUND=py -3"
if not defined FOUND (
  python -c "" >nul 2>nul
  if not errorlevel 1 set "FOUND=python"
)
if not defined FOUND (
  echo start.cmd: error: no Python is installed
  echo start.cmd: hint: get "Windows installer (64-bit)", 3.10 or newer, from python.org, or Python from the Microsoft Store
  echo start.cmd: 没有找到 Python。请从 python.org 或微软商店安装 64 位的 Python 3.10 或更新版本，再双击一次。
  pause
  popd
  exit /b 1
)
%FOUND% scripts\run.py --new %*
set "ENDED=%ERRORLEVEL%"
if not "%ENDED%"=="0" pause
popd
exit /b %ENDED%
