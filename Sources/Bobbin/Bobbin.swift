// One import for everything that a program of its own needs.

@_exported import BobbinAnalysis
@_exported import BobbinCPU
@_exported import BobbinData
@_exported import BobbinEngine
@_exported import BobbinFigures
@_exported import BobbinFiles
@_exported import BobbinModels
@_exported import BobbinRecipes
@_exported import BobbinSearch
@_exported import BobbinTraining
